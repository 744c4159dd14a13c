#include "compress.hpp"

#include <brotli/encode.h>
#include <zlib.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "setclickd/base/ascii.hpp"

namespace setclick::sandbox {
namespace {

/// The q value that a client gives to `name`, 0 when it does not accept it.
double quality(std::string_view accept_encoding, std::string_view name) noexcept {
    double any = 0;
    while (!accept_encoding.empty()) {
        auto const comma = accept_encoding.find(',');
        auto const entry = trimmed(accept_encoding.substr(0, comma));
        accept_encoding = comma == std::string_view::npos ? std::string_view{}
                                                          : accept_encoding.substr(comma + 1);
        auto const semicolon = entry.find(';');
        auto const coding_name = trimmed(entry.substr(0, semicolon));
        double q = 1;
        if (semicolon != std::string_view::npos) {
            auto const weight = trimmed(entry.substr(semicolon + 1));
            if (starts_with_ignoring_case(weight, "q="))
                std::from_chars(weight.data() + 2, weight.data() + weight.size(), q);
        }
        if (equals_ignoring_case(coding_name, name)) return q;
        if (coding_name == "*") any = q;
    }
    return any;
}

std::string zlib_encoded(std::string_view text, int window_bits) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib cannot start");
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    auto const code = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (code != Z_STREAM_END) throw std::runtime_error("zlib cannot compress");
    return out;
}

std::string brotli_encoded(std::string_view text) {
    std::string out(BrotliEncoderMaxCompressedSize(text.size()), '\0');
    auto size = out.size();
    if (BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                              reinterpret_cast<std::uint8_t const*>(text.data()), &size,
                              reinterpret_cast<std::uint8_t*>(out.data())) != BROTLI_TRUE)
        throw std::runtime_error("brotli cannot compress");
    out.resize(size);
    return out;
}

}  // namespace

coding choose_coding(coding_choice choice, std::string_view accept_encoding) noexcept {
    auto const only = [&](coding c) {
        return quality(accept_encoding, name_of(c)) > 0 ? c : coding::identity;
    };
    switch (choice) {
        case coding_choice::none:
            return coding::identity;
        case coding_choice::gzip:
            return only(coding::gzip);
        case coding_choice::deflate:
            return only(coding::deflate);
        case coding_choice::raw_deflate:
            return only(coding::raw_deflate);
        case coding_choice::br:
            return only(coding::br);
        case coding_choice::automatic:
            break;
    }
    auto best = coding::identity;
    double best_quality = 0;
    for (auto const c : {coding::br, coding::gzip, coding::deflate}) {
        if (auto const q = quality(accept_encoding, name_of(c)); q > best_quality) {
            best = c;
            best_quality = q;
        }
    }
    return best;
}

std::string_view name_of(coding c) noexcept {
    switch (c) {
        case coding::identity:
            return "";
        case coding::gzip:
            return "gzip";
        case coding::deflate:
        case coding::raw_deflate:
            return "deflate";
        case coding::br:
            return "br";
    }
    return "";
}

std::string encoded(std::string_view text, coding c) {
    constexpr int gzip_header = 16;
    switch (c) {
        case coding::identity:
            break;
        case coding::gzip:
            return zlib_encoded(text, gzip_header + MAX_WBITS);
        case coding::deflate:
            return zlib_encoded(text, MAX_WBITS);
        case coding::raw_deflate:
            return zlib_encoded(text, -MAX_WBITS);
        case coding::br:
            return brotli_encoded(text);
    }
    return std::string(text);
}

}  // namespace setclick::sandbox
