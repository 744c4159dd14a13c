#include "decode.hpp"

#include <brotli/decode.h>
#include <zlib.h>

#include <array>
#include <new>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::net {
namespace {

error damaged(std::string_view what) {
    return fail(errc::invalid_data, "the answer's " + std::string(what) + " content is damaged");
}

constexpr std::size_t piece = 16384;

}  // namespace

std::optional<coding> coding_named(std::string_view content_encoding) noexcept {
    auto const name = trimmed(content_encoding);
    if (name.empty() || equals_ignoring_case(name, "identity")) return coding::identity;
    if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip"))
        return coding::gzip;
    if (equals_ignoring_case(name, "deflate")) return coding::deflate;
    if (equals_ignoring_case(name, "br")) return coding::br;
    return {};
}

std::string_view name_of(coding c) noexcept {
    switch (c) {
        case coding::identity:
            return "identity";
        case coding::gzip:
            return "gzip";
        case coding::deflate:
            return "deflate";
        case coding::br:
            return "br";
    }
    return "";
}

/// One coding. `append` is the only way out, and keeps the limit.
class decoder::stage {
public:
    stage(coding c, std::size_t limit) : coding_(c), left_(limit), limit_(limit) {}
    virtual ~stage() = default;
    stage(stage const&) = delete;
    stage& operator=(stage const&) = delete;

    virtual result<void> put(std::string_view bytes, std::string& out) = 0;
    virtual bool is_over() const noexcept = 0;

    coding what() const noexcept { return coding_; }

protected:
    result<void> append(std::string& out, char const* data, std::size_t size) {
        if (size > left_)
            return fail(errc::invalid_data,
                        "the answer is larger than " + grouped(limit_) + " bytes once decoded (" +
                            std::string(name_of(coding_)) + "); not read any further");
        left_ -= size;
        out.append(data, size);
        return {};
    }

private:
    coding coding_;
    std::size_t left_;
    std::size_t limit_;
};

namespace {

class plain_stage final : public decoder::stage {
public:
    explicit plain_stage(std::size_t limit) : stage(coding::identity, limit) {}
    result<void> put(std::string_view bytes, std::string& out) override {
        return append(out, bytes.data(), bytes.size());
    }
    bool is_over() const noexcept override { return true; }
};

class zlib_stage final : public decoder::stage {
public:
    zlib_stage(coding c, std::size_t limit) : stage(c, limit) {}
    ~zlib_stage() override {
        if (begun_) inflateEnd(&stream_);
    }

    result<void> put(std::string_view bytes, std::string& out) override {
        if (bytes.empty()) return {};
        if (!begun_) {
            // Two bytes tell zlib's head from raw deflate.
            head_.append(bytes);
            if (what() == coding::deflate && head_.size() < 2) return {};
            if (!begin()) return fail(errc::io, "no memory for decoding the answer");
            auto const first = std::exchange(head_, {});
            return feed(first, out);
        }
        return feed(bytes, out);
    }
    bool is_over() const noexcept override { return over_; }

private:
    bool begin() {
        constexpr int window = 15;
        constexpr int with_gzip = 16;
        int bits = window + with_gzip;
        if (what() == coding::deflate) {
            auto const a = static_cast<unsigned char>(head_[0]);
            auto const b = static_cast<unsigned char>(head_[1]);
            bool const has_head = (a & 0x0F) == 8 && (a * 256 + b) % 31 == 0;
            bits = has_head ? window : -window;
        }
        begun_ = inflateInit2(&stream_, bits) == Z_OK;
        return begun_;
    }

    result<void> feed(std::string_view bytes, std::string& out) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        std::array<char, piece> buffer;
        do {
            if (over_ && !next_member()) return damaged(name_of(what()));
            stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
            stream_.avail_out = static_cast<uInt>(buffer.size());
            int const code = inflate(&stream_, Z_NO_FLUSH);
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
                return damaged(name_of(what()));
            if (auto done = append(out, buffer.data(), buffer.size() - stream_.avail_out); !done)
                return done;
            over_ = code == Z_STREAM_END;
            // A full buffer may hide more output, but not behind the end.
        } while (stream_.avail_in > 0 || (stream_.avail_out == 0 && !over_));
        return {};
    }

    /// A gzip file may be several, one after the other.
    bool next_member() {
        if (what() != coding::gzip || stream_.avail_in == 0) return false;
        over_ = false;
        return inflateReset(&stream_) == Z_OK;
    }

    z_stream stream_{};
    std::string head_;
    bool begun_ = false;
    bool over_ = false;
};

class brotli_stage final : public decoder::stage {
public:
    explicit brotli_stage(std::size_t limit)
        : stage(coding::br, limit), state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
        if (state_ == nullptr) throw std::bad_alloc();
    }
    ~brotli_stage() override { BrotliDecoderDestroyInstance(state_); }

    result<void> put(std::string_view bytes, std::string& out) override {
        auto const* next = reinterpret_cast<std::uint8_t const*>(bytes.data());
        auto left = bytes.size();
        std::array<std::uint8_t, piece> buffer;
        for (;;) {
            auto* to = buffer.data();
            auto room = buffer.size();
            auto const code =
                BrotliDecoderDecompressStream(state_, &left, &next, &room, &to, nullptr);
            auto const* const data = reinterpret_cast<char const*>(buffer.data());
            if (auto done = append(out, data, buffer.size() - room); !done) return done;
            if (code == BROTLI_DECODER_RESULT_ERROR) return damaged("br");
            if (code == BROTLI_DECODER_RESULT_SUCCESS)
                return left == 0 ? result<void>{} : damaged("br");
            if (code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return {};
        }
    }
    bool is_over() const noexcept override {
        return BrotliDecoderIsFinished(state_) == BROTLI_TRUE;
    }

private:
    BrotliDecoderState* state_;
};

std::unique_ptr<decoder::stage> stage_for(coding c, std::size_t limit) {
    switch (c) {
        case coding::identity:
            break;
        case coding::gzip:
        case coding::deflate:
            return std::make_unique<zlib_stage>(c, limit);
        case coding::br:
            return std::make_unique<brotli_stage>(limit);
    }
    return std::make_unique<plain_stage>(limit);
}

}  // namespace

decoder::decoder(coding c, std::size_t limit) : stage_(stage_for(c, limit)) {}
decoder::~decoder() = default;
decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;

result<void> decoder::put(std::string_view bytes, std::string& out) {
    return stage_->put(bytes, out);
}

result<void> decoder::finish() {
    if (stage_->is_over()) return {};
    return fail(errc::invalid_data,
                "the answer's " + std::string(name_of(stage_->what())) + " content ends too early");
}

}  // namespace setclick::net
