// Content codings of an answer, undone piece by piece as it arrives: gzip, deflate (with zlib's
// head, or raw as some servers send it), br.
//
// Promises: never more than `limit` bytes come out, however little went in; memory for the coding
// itself is bounded by its window (br: 16 MiB, else 32 KiB). What is damaged, cut short or followed
// by anything is an error in words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::net {

enum class coding : std::uint8_t { identity, gzip, deflate, br };

/// The value of Content-Encoding; empty is identity. Nothing for an unknown coding, or for several
/// one over the other.
std::optional<coding> coding_named(std::string_view content_encoding) noexcept;
std::string_view name_of(coding c) noexcept;

class decoder {
public:
    /// What is decoded is at most `limit` bytes.
    decoder(coding c, std::size_t limit);
    ~decoder();
    decoder(decoder&&) noexcept;
    decoder& operator=(decoder&&) noexcept;

    /// Appends what `bytes` decode to. After an error the decoder is of no use.
    result<void> put(std::string_view bytes, std::string& out);
    /// The body is over: an error when the coding is not.
    result<void> finish();

    class stage;

private:
    std::unique_ptr<stage> stage_;
};

}  // namespace setclick::net
