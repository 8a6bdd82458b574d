// SPDX-License-Identifier: Apache-2.0
#include "server/shelf.hpp"

#include "playbook/parse.hpp"

#include <fmt/format.h>

namespace douse::server {

Result<std::shared_ptr<const playbook::Playbook>> PlaybookShelf::get(std::string_view sha256, std::string_view text) {
    {
        base::MutexLock lock(mutex_);
        if (const auto found = parsed_.find(sha256); found != parsed_.end()) return found->second;
    }
    playbook::Parsed parsed = playbook::parse(text, "the stored playbook");
    if (!parsed.playbook) {
        return fail(ErrorCode::corrupt, fmt::format("the stored playbook {:.12} can't be read", sha256),
                    parsed.findings.empty() ? std::string{} : parsed.findings.front().text());
    }
    auto playbook = std::make_shared<const playbook::Playbook>(std::move(*parsed.playbook));
    base::MutexLock lock(mutex_);
    if (parsed_.size() >= shelf_limit) parsed_.clear();
    parsed_.insert_or_assign(std::string(sha256), playbook);
    return playbook;
}

}  // namespace douse::server
