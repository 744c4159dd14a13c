#include "web/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::web {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Answer, TheHeadSaysWhatABrowserMayDoWithIt) {
    sending how;
    how.now = from_ms(1'795'917'574'000);
    auto const head = head_of(plain(200, "alive"), how);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\nDate: Sun, 29 Nov 2026 01:59:34 GMT\r\n"));
    EXPECT_THAT(head, EndsWith("\r\n\r\n"));
    for (char const* const line :
         {"Content-Type: text/plain; charset=utf-8\r\n", "Content-Length: 6\r\n",
          "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
          "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'\r\n",
          "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
          "Cache-Control: no-store\r\n"})
        EXPECT_THAT(head, HasSubstr(line));
    EXPECT_THAT(head, Not(HasSubstr("Connection:")));
    EXPECT_THAT(head, Not(HasSubstr("Server:")));
}

TEST(Answer, EveryRefusalHasTheSameSecurity) {
    for (unsigned const status :
         {304U, 400U, 401U, 403U, 404U, 405U, 413U, 421U, 431U, 500U, 503U, 505U}) {
        auto const head = head_of(last_word(status, "no"), {});
        EXPECT_THAT(head, HasSubstr("nosniff")) << status;
        EXPECT_THAT(head, HasSubstr("default-src 'none'")) << status;
        EXPECT_THAT(head, Not(HasSubstr("HTTP/1.1 " + std::to_string(status) + " \r\n")))
            << "a reason without words";
    }
}

TEST(Answer, WhetherTheConnectionGoesOnIsSaidWhereItIsNotTheRule) {
    auto const a = plain(200, "x");
    EXPECT_THAT(head_of(a, {false, false, {}}), HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(head_of(a, {true, true, {}}), HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_THAT(head_of(a, {false, true, {}}), HasSubstr("Connection: close\r\n"));
}

TEST(Answer, WhatNeverChangesMayBeKept) {
    auto a = plain(200, "body{}");
    a.etag = "W/\"1\"";
    EXPECT_THAT(head_of(a, {}), HasSubstr("Cache-Control: no-cache\r\nETag: W/\"1\"\r\n"));
    a.status = 304;
    a.body = nullptr;
    EXPECT_THAT(head_of(a, {}), Not(HasSubstr("Content-Length")));
}

}  // namespace
}  // namespace setclick::web
