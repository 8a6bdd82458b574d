// SPDX-License-Identifier: Apache-2.0
// Playbooks that were parsed already, by the hash of what they say. Any thread.
#pragma once

#include "base/error.hpp"
#include "base/mutex.hpp"
#include "playbook/playbook.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace douse::server {

class PlaybookShelf {
public:
    static constexpr size_t shelf_limit = 16;  // versions; an incident uses one

    // corrupt: the text can't be read, although it was stored. Owners of the playbook: the shelf and whoever reads it, since
    // another version may push it off the shelf meanwhile.
    Result<std::shared_ptr<const playbook::Playbook>> get(std::string_view sha256, std::string_view text);

private:
    base::Mutex mutex_;
    std::map<std::string, std::shared_ptr<const playbook::Playbook>, std::less<>> parsed_ GUARDED_BY(mutex_);
};

}  // namespace douse::server
