#!/bin/bash
# Fuzzes the table reader: run.sh [SECONDS] [FOLDER]. What is found lies in FOLDER (build/fuzz) as crash-*, with the inputs so far.
set -euo pipefail
seconds=${1:-60}
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${2:-$root/build/fuzz}
compiler=$(command -v clang++-19 || command -v clang++)
mkdir -p "$out/inputs"
"$compiler" -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I "$root/include" -I "$root/src" \
  -o "$out/csv_reader_fuzz" "$root/tests/fuzz/csv_reader_fuzz.cpp" \
  "$root"/src/csv/{encoding_evidence,footer,head,layout,other_format,row_reader,row_scan,survey}.cpp \
  "$root"/src/event/{position,wide_text}.cpp "$root/src/base/text.cpp" -lfmt
cd "$out"
./csv_reader_fuzz -max_total_time="$seconds" -max_len=2048 -timeout=60 -dict="$root/tests/fuzz/csv.dict" -print_final_stats=1 inputs \
  "$root/tests/fuzz/seeds"
