// SPDX-License-Identifier: Apache-2.0
#include "playbook/regex.hpp"

#include <re2/re2.h>

namespace douse::playbook {
namespace {

constexpr int64_t program_limit = 1 << 20;  // bytes: a pattern of 300 characters with counted repeats stays far below

}  // namespace

Result<Regex> Regex::compile(std::string text) {
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    options.set_max_mem(program_limit);
    auto program = std::make_shared<const RE2>(text, options);
    if (!program->ok()) return fail(ErrorCode::invalid, "not a regular expression of RE2", program->error());
    Regex regex;
    regex.names_.resize(static_cast<size_t>(program->NumberOfCapturingGroups()) + 1);
    for (const auto& [number, name] : program->CapturingGroupNames()) regex.names_[static_cast<size_t>(number)] = name;
    regex.text_ = std::move(text);
    regex.program_ = std::move(program);
    return regex;
}

bool Regex::found_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *program_);
}

std::optional<std::map<std::string, std::string>> Regex::captures(std::string_view text) const {
    const re2::StringPiece piece(text.data(), text.size());
    std::vector<re2::StringPiece> groups(names_.size());
    if (!program_->Match(piece, 0, piece.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) return std::nullopt;
    std::map<std::string, std::string> found;
    for (size_t i = 1; i < groups.size(); ++i) {
        if (!names_[i].empty() && groups[i].data()) found[names_[i]] = std::string(groups[i].data(), groups[i].size());
    }
    return found;
}

}  // namespace douse::playbook
