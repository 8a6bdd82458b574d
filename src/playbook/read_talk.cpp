// SPDX-License-Identifier: Apache-2.0
#include "playbook/read.hpp"

#include "playbook/talk.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <utility>

namespace douse::playbook {
namespace {

constexpr size_t fields_limit = 32;
constexpr size_t mark_limit = 32;
constexpr int64_t field_size_limit = 4096;
constexpr size_t equal_bytes_limit = 32;  // more in a row look like an attempt to overrun something

constexpr std::array<std::pair<std::string_view, FieldType>, 8> field_types{{{"u8", FieldType::u8},
                                                                             {"u16le", FieldType::u16le},
                                                                             {"u16be", FieldType::u16be},
                                                                             {"u24be", FieldType::u24be},
                                                                             {"u32le", FieldType::u32le},
                                                                             {"u32be", FieldType::u32be},
                                                                             {"ascii", FieldType::ascii},
                                                                             {"hex", FieldType::hex}}};

std::optional<FieldType> type_from(std::string_view name) {
    for (const auto& [known, type] : field_types) {
        if (known == name) return type;
    }
    return std::nullopt;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// \r \n \t \0 \\ \xHH; nothing for another escape.
std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        if (++i == text.size()) return std::nullopt;
        switch (text[i]) {
            case 'r': out += '\r'; break;
            case 'n': out += '\n'; break;
            case 't': out += '\t'; break;
            case '0': out += '\0'; break;
            case '\\': out += '\\'; break;
            case 'x': {
                const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
                const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
                if (high < 0 || low < 0) return std::nullopt;
                out += static_cast<char>(high << 4 | low);
                i += 2;
                break;
            }
            default: return std::nullopt;
        }
    }
    return out;
}

size_t longest_run(std::string_view bytes) {
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        run = i > 0 && bytes[i] == bytes[i - 1] ? run + 1 : 1;
        longest = std::max(longest, run);
    }
    return longest;
}

Send read_send(Fields& f) {
    Send send;
    const Node& node = *f.get("send", Need::required);
    if (node.is_list()) {
        f.error(node.place, "messages of parts are not supported in this version", "Write the bytes as one text with \\xHH.", "unsupported");
    } else if (node.kind != Node::Kind::text) {
        f.wrong(node, "send", "a text", "Write the bytes in quotes.", "text");
    } else {
        const auto bytes = latin1(node.text);
        const auto plain = bytes ? unescape(*bytes) : std::nullopt;
        if (!plain)
            f.wrong(node, "send", "bytes", "Write characters of one byte, and \\r \\n \\t \\0 \\\\ \\xHH for the others.", "escape");
        else
            send.bytes = *plain;
        if (send.bytes.size() > send_limit)
            f.error(node.place, fmt::format("sends {} bytes at once", send.bytes.size()), fmt::format("At most {}.", send_limit), "send-too-long");
        if (longest_run(send.bytes) >= equal_bytes_limit)
            f.error(node.place, fmt::format("sends {} equal bytes in a row", longest_run(send.bytes)), "A check asks; it does not try what breaks.",
                    "send-run");
        if (plain && plain->empty()) f.error(node.place, "sends nothing", "Write what is sent.", "length");
    }
    send.is = f.text("is", line_limit, Need::required, "Name this message in the protocol's own words.");
    f.close();
    return send;
}

Field read_field(const Node& node, const std::vector<Field>& before, const std::string& where, Report& report) {
    Fields f(report, node, where + ", field");
    Field field;
    field.name = f.name("name", Need::required);
    if (const auto at = f.integer("at", 0, 65535, Need::optional)) field.at = static_cast<size_t>(*at);
    const Node* type = f.get("type", Need::required, "Write u8, u16le, u16be, u24be, u32le, u32be, ascii or hex.");
    if (!type) return field;
    for (const std::string_view later : {"u64le", "u64be", "utf16le"}) {
        if (type->text == later) {
            f.error(type->place, fmt::format("fields of type {} are not supported in this version", later), "Read it as hex.", "unsupported");
            return field;
        }
    }
    const auto known = type->kind == Node::Kind::text ? type_from(type->text) : std::nullopt;
    if (!known) {
        f.wrong(*type, "type", "a type of field", "Write u8, u16le, u16be, u24be, u32le, u32be, ascii or hex.", "field-type");
        return field;
    }
    field.type = *known;
    const bool number = width_of(*known) > 0;
    if (node.find("until")) {
        f.not_yet("until", "Give the field a size.");
        f.ignore("size");
    } else if (const Node* size =
                   f.get("size", number ? Need::optional : Need::required, "Write how many bytes it has, or the earlier field that says so.")) {
        const auto earlier = std::ranges::find(before, size->text, &Field::name);
        if (number)
            f.error(size->place, fmt::format("a {} has its size by itself", type->text), "Take size out.", "field-size");
        else if (size->kind == Node::Kind::integer && size->number >= 1 && size->number <= field_size_limit)
            field.size = static_cast<size_t>(size->number);
        else if (size->kind == Node::Kind::text && earlier != before.end() && width_of(earlier->type) > 0)
            field.size_from = size->text;
        else
            f.wrong(*size, "size", "1 to 4096, or the name of an earlier number of this answer", "Write how many bytes it has.", "field-size");
    }
    if (const Node* must = f.get("must", Need::optional)) {
        if (number && must->kind == Node::Kind::integer)
            field.must = must->number;
        else if (!number && must->kind == Node::Kind::text)
            field.must = must->text;
        else
            f.wrong(*must, "must", number ? "a whole number" : "a text", "Write the value that this protocol has there.", "field-must");
    }
    f.close();
    return field;
}

void read_frame(Fields& f, Expect& out) {  // what follows `expect:`
    const Node& node = f.node();
    if (const Node* line = node.find("line")) {
        f.ignore("line");
        out.frame = Expect::Frame::line;
        out.line = regex_of(f.report(), *line, f.where(), "line");
    } else if (node.find("bytes")) {
        out.frame = Expect::Frame::bytes;
        out.bytes = static_cast<size_t>(f.integer("bytes", 1, receive_limit, Need::required).value_or(0));
    } else if (const Node* frame = node.find("frame")) {
        f.ignore("frame");
        out.frame = Expect::Frame::length_prefixed;
        const auto type = frame->kind == Node::Kind::text ? type_from(frame->text) : std::nullopt;
        if (!type || width_of(*type) == 0)
            f.wrong(*frame, "frame", "the type of the number that holds the length", "Write u8, u16le, u16be, u24be, u32le or u32be.", "field-type");
        else
            out.length_type = *type;
        out.length_at = static_cast<size_t>(f.integer("at", 0, 64, Need::optional).value_or(0));
        out.length_adds = static_cast<int>(f.integer("adds", -16, 64, Need::optional).value_or(0));
    } else if (node.find("until")) {
        out.frame = Expect::Frame::until;
        const auto mark = latin1(f.text("until", mark_limit, Need::required));
        out.mark = mark ? unescape(*mark).value_or("") : "";
        if (out.mark.empty()) f.error(node.place, "until has no mark that can be read", "Write up to 32 characters of one byte each.", "escape");
    } else {
        f.not_yet("quiet", "Say how the answer ends: line, bytes, frame or until.");
        if (!node.find("quiet")) f.error(node.place, "does not say how the answer ends", "Write line, bytes, frame or until.", "expect");
    }
    f.close();
}

Expect read_expect(Fields& f) {
    Expect expect;
    if (const Node* node = f.map("expect", Need::required)) {
        Fields frame(f.report(), *node, f.where() + ", expect");
        read_frame(frame, expect);
    }
    expect.within = f.duration("within", Need::optional);
    if (const Node* match = f.get("match", Need::optional)) expect.match = regex_of(f.report(), *match, f.where(), "match");
    if (const Node* fields = f.list("fields", Need::optional)) {
        if (fields->items.size() > fields_limit)
            f.error(fields->place, fmt::format("there are {} fields", fields->items.size()), fmt::format("At most {}.", fields_limit), "too-many");
        for (const Node& item : fields->items) expect.fields.push_back(read_field(item, expect.fields, f.where(), f.report()));
    }
    f.close();
    return expect;
}

}  // namespace

std::optional<std::string> latin1(std::string_view utf8) {
    std::string out;
    for (size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c < 0x80) {
            out += utf8[i];
        } else if ((c == 0xC2 || c == 0xC3) && i + 1 < utf8.size()) {
            out += static_cast<char>((c & 0x03) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
        } else {
            return std::nullopt;
        }
    }
    return out;
}

Talk read_talk(Fields& check) {
    Talk talk;
    talk.max_bytes =
        static_cast<size_t>(check.integer("max_bytes", 16, receive_limit, Need::optional).value_or(static_cast<int64_t>(talk.max_bytes)));
    const Node* steps = check.list("talk", Need::required, "Write what is sent and what is expected.");
    if (!steps) return talk;
    if (steps->items.size() > talk_steps_limit)
        check.error(steps->place, fmt::format("the conversation has {} steps", steps->items.size()), fmt::format("At most {}.", talk_steps_limit),
                    "too-many");
    for (const Node& item : steps->items) {
        Fields f(check.report(), item, check.where() + ", talk");
        if (item.find("send"))
            talk.steps.emplace_back(read_send(f));
        else if (item.find("expect"))
            talk.steps.emplace_back(read_expect(f));
        else
            f.error(item.place, "this step neither sends nor expects", "Write send: or expect:.", "talk");
    }
    return talk;
}

}  // namespace douse::playbook
