// SPDX-License-Identifier: Apache-2.0
// The pack: "DCP1", u32 count, then per file five times u32 length and the bytes (path, type, etag, plain, gzip), sorted by path;
// little-endian. It is made with the program, so a broken one is a bug.
#include "server/console.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
extern const char douse_console_pack_begin[];
extern const char douse_console_pack_end[];
}

namespace douse::server {
namespace {

std::vector<ConsoleFile> unpack() {
    std::string_view left(douse_console_pack_begin, static_cast<size_t>(douse_console_pack_end - douse_console_pack_begin));
    const auto number = [&] {
        assert(left.size() >= 4);
        uint32_t value = 0;
        for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(left[static_cast<size_t>(i)]);
        left.remove_prefix(4);
        return value;
    };
    const auto text = [&] {
        const uint32_t size = number();
        assert(left.size() >= size);
        const std::string_view out = left.substr(0, size);
        left.remove_prefix(size);
        return out;
    };
    assert(left.starts_with("DCP1"));
    left.remove_prefix(4);
    std::vector<ConsoleFile> files(number());
    for (ConsoleFile& file : files) {
        file.path = text();
        file.type = text();
        file.etag = text();
        file.plain = text();
        file.gzip = text();
    }
    return files;
}

const std::vector<ConsoleFile>& files() {
    static const std::vector<ConsoleFile> unpacked = unpack();
    return unpacked;
}

}  // namespace

const ConsoleFile* find_console_file(std::string_view path) {
    const auto found = std::ranges::lower_bound(files(), path, {}, &ConsoleFile::path);
    return found != files().end() && found->path == path ? &*found : nullptr;
}

Response console_response(const Head& head, std::string_view path) {
    if (head.method != "GET" && head.method != "HEAD") {
        return {.status = 405,
                .type = "text/plain; charset=utf-8",
                .body = "the console's files can only be read\n",
                .headers = {{"Allow", "GET, HEAD"}}};
    }
    const ConsoleFile* file = find_console_file(path);
    // A file that another build named is gone; to answer it with a page would only hide that.
    if (file == nullptr && path.starts_with("/assets/")) {
        return {
            .status = 404, .type = "text/plain; charset=utf-8", .body = "the console has no such file\n", .headers = {{"Cache-Control", "no-store"}}};
    }
    if (file == nullptr) file = find_console_file("/index.html");
    assert(file != nullptr);
    Response response{.status = 200, .type = std::string(file->type), .body = {}, .headers = {}};
    response.headers.emplace_back("ETag", std::string(file->etag));
    response.headers.emplace_back("Vary", "Accept-Encoding");
    // What Vite names by its content may be kept for ever; all else is asked for again.
    response.headers.emplace_back("Cache-Control", file->path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    if (head.header("if-none-match") == file->etag) {
        response.status = 304;
        return response;
    }
    const bool packed = !file->gzip.empty() && head.header("accept-encoding").find("gzip") != std::string_view::npos;
    if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = std::string(packed ? file->gzip : file->plain);
    return response;
}

}  // namespace douse::server
