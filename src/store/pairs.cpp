// SPDX-License-Identifier: Apache-2.0
#include "store/pairs.hpp"

#include <array>
#include <charconv>

namespace douse::store {
namespace {

using Kind = model::Fact::Kind;
constexpr std::array<std::string_view, 6> kind_names{"unknown", "absent", "present", "text", "number", "boolean"};

void append_escaped(std::string& out, std::string_view field) {
    for (const char c : field) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\t': out += "\\t"; break;
            case '\n': out += "\\n"; break;
            default: out += c;
        }
    }
}

std::string payload_of(const model::Fact& fact) {
    switch (fact.kind) {
        case Kind::number: return std::to_string(fact.number);
        case Kind::boolean: return fact.truth ? "true" : "false";
        default: return fact.text;
    }
}

std::optional<model::Fact> fact_of(std::string_view kind, const std::string& payload) {
    for (size_t i = 0; i < kind_names.size(); ++i) {
        if (kind_names[i] != kind) continue;
        model::Fact fact{.kind = static_cast<Kind>(i)};
        if (fact.kind == Kind::number) {
            const auto [end, error] = std::from_chars(payload.data(), payload.data() + payload.size(), fact.number);
            if (error != std::errc{} || end != payload.data() + payload.size()) return std::nullopt;
        } else if (fact.kind == Kind::boolean) {
            fact.truth = payload == "true";
        } else {
            fact.text = payload;
        }
        return fact;
    }
    return std::nullopt;
}

}  // namespace

std::string join_lines(const std::vector<Fields>& lines) {
    std::string out;
    for (const Fields& fields : lines) {
        for (size_t i = 0; i < fields.size(); ++i) {
            if (i > 0) out += '\t';
            append_escaped(out, fields[i]);
        }
        out += '\n';
    }
    return out;
}

std::vector<Fields> split_lines(std::string_view text) {
    std::vector<Fields> lines;
    Fields fields(1);
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            lines.push_back(std::move(fields));
            fields = Fields(1);
        } else if (c == '\t') {
            fields.emplace_back();
        } else if (c == '\\' && i + 1 < text.size()) {
            const char next = text[++i];
            fields.back() += next == 't' ? '\t' : next == 'n' ? '\n' : next;
        } else {
            fields.back() += c;
        }
    }
    return lines;
}

std::string write_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::vector<Fields> lines;
    for (const auto& [name, value] : pairs) lines.push_back({name, value});
    return join_lines(lines);
}

std::vector<std::pair<std::string, std::string>> read_pairs(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (Fields& fields : split_lines(text)) {
        if (fields.size() == 2) pairs.emplace_back(std::move(fields[0]), std::move(fields[1]));
    }
    return pairs;
}

std::string write_facts(const model::Facts& facts) {
    std::vector<Fields> lines;
    for (const auto& [name, fact] : facts) {
        lines.push_back({name, std::string(kind_names[static_cast<size_t>(fact.kind)]), payload_of(fact)});
    }
    return join_lines(lines);
}

std::optional<model::Facts> read_facts(std::string_view text) {
    model::Facts facts;
    for (Fields& fields : split_lines(text)) {
        if (fields.size() != 3) return std::nullopt;
        auto fact = fact_of(fields[1], fields[2]);
        if (!fact) return std::nullopt;
        facts.emplace(std::move(fields[0]), *std::move(fact));
    }
    return facts;
}

std::string write_messages(const std::vector<std::string>& messages) {
    std::vector<Fields> lines;
    for (const std::string& message : messages) lines.push_back({message});
    return join_lines(lines);
}

std::vector<std::string> read_messages(std::string_view text) {
    std::vector<std::string> messages;
    for (Fields& fields : split_lines(text)) messages.push_back(std::move(fields.front()));
    return messages;
}

}  // namespace douse::store
