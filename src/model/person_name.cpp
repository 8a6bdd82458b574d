// SPDX-License-Identifier: Apache-2.0
#include "model/person_name.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>
#include <cstdint>

namespace douse::model {
namespace {

constexpr std::string_view program_name = "douse";  // who stands in the ledger where no person acted

bool between(char32_t c, char32_t first, char32_t last) {
    return c >= first && c <= last;
}

bool is_blank(char32_t c) {
    return c == ' ' || c == 0xa0 || between(c, 0x2000, 0x200a) || c == 0x202f || c == 0x205f || c == 0x3000;
}

// Controls, line ends, and marks that change how the text around them is shown without being seen themselves.
bool is_unseen(char32_t c) {
    return c < 0x20 || between(c, 0x7f, 0x9f) || c == 0xad || c == 0x34f || c == 0x61c || c == 0x180e || between(c, 0x200b, 0x200f) ||
           between(c, 0x2028, 0x202e) || between(c, 0x2060, 0x206f) || c == 0xfeff || between(c, 0xfff9, 0xfffb) || between(c, 0xe0000, 0xe0fff);
}

char32_t folded(char32_t c) {
    if (between(c, 'A', 'Z') || (between(c, 0xc0, 0xde) && c != 0xd7)) return c + 32;
    if (c == 0x178) return 0xff;
    if (c == 0x17f) return 's';
    if (between(c, 0x139, 0x148) || between(c, 0x179, 0x17e)) return c % 2 == 1 ? c + 1 : c;
    if (between(c, 0x100, 0x177) && c != 0x130 && c != 0x131 && c != 0x138) return c | 1;
    if (between(c, 0x1e00, 0x1e95) || between(c, 0x1ea0, 0x1eff)) return c | 1;
    if (c == 0x386) return 0x3ac;
    if (between(c, 0x388, 0x38a)) return c + 37;
    if (c == 0x38c) return 0x3cc;
    if (between(c, 0x38e, 0x38f)) return c + 63;
    if (between(c, 0x391, 0x3ab)) return c + 32;
    if (c == 0x3c2) return 0x3c3;  // the sigma at a word's end
    if (between(c, 0x400, 0x40f)) return c + 80;
    if (between(c, 0x410, 0x42f)) return c + 32;
    if (between(c, 0x48a, 0x4bf) || between(c, 0x4d0, 0x52f)) return c | 1;
    return c;
}

}  // namespace

Result<std::string> person_name(std::string_view written) {
    std::string name;
    size_t last_seen = 0;
    for (std::string_view rest = written; !rest.empty();) {
        const base::CodePoint next = base::first_code_point(rest);
        if (next.bytes == 0) return fail(ErrorCode::invalid, "a person's name must be UTF-8");
        if (is_unseen(next.value)) {
            return fail(ErrorCode::invalid,
                        fmt::format("a person's name holds only what can be seen, not U+{:04X}", static_cast<uint32_t>(next.value)));
        }
        const bool blank = is_blank(next.value);
        if (!blank || !name.empty()) name += rest.substr(0, next.bytes);
        if (!blank) last_seen = name.size();
        rest.remove_prefix(next.bytes);
    }
    name.resize(last_seen);
    if (name.empty() || name.size() > person_name_limit) {
        return fail(ErrorCode::invalid, fmt::format("a person's name has 1 to {} bytes, this one has {}", person_name_limit, name.size()));
    }
    if (folded_name(name) == program_name) {
        return fail(ErrorCode::invalid, fmt::format("no person may be called \"{}\": in the ledger that is the program itself", name));
    }
    return name;
}

std::string folded_name(std::string_view name) {
    std::string out;
    bool gap = false;
    for (std::string_view rest = name; !rest.empty();) {
        const base::CodePoint next = base::first_code_point(rest);
        if (is_blank(next.value)) {
            gap = !out.empty();
        } else {
            if (gap) out += ' ';
            gap = false;
            if (next.bytes == 0) {
                out += rest.front();
            } else {
                base::append_utf8(out, folded(next.value));
            }
        }
        rest.remove_prefix(next.bytes == 0 ? 1 : next.bytes);
    }
    return out;
}

}  // namespace douse::model
