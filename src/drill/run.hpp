// SPDX-License-Identifier: Apache-2.0
// One run of a drill on this host: a folder /run/douse-drill/ID whose lock the living drill holds, with the processes that it
// started. Whatever a dead run left can be found from there and is removed by the next one; a living run is never touched.
#pragma once

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "drill/process.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace douse::drill {

class Run {
public:
    // conflict: a living run has this id. An empty id: a free one. denied: not root.
    static Result<Run> begin(std::string id = {});
    Run(Run&&) noexcept = default;
    Run& operator=(Run&&) noexcept = default;

    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::string netns(std::string_view role) const { return "douse-" + id_ + "-" + std::string(role); }

    // Written before the process does anything that outlives us, so that the next run finds it.
    [[nodiscard]] Result<void> record(const ProcessId& process) const;
    // A folder of root's alone under the host's temporary one, that goes with the run. Recorded before it is made.
    [[nodiscard]] Result<std::filesystem::path> make_folder() const;
    // Raises a number that the host's kernel keeps for all namespaces, if it is lower. The last run to end puts it back.
    [[nodiscard]] static Result<void> raise_kernel_value(const std::filesystem::path& file, int value);
    // Ends the recorded processes and those in the run's namespaces, then removes namespaces and folders. Blocks, 5 s at most
    // for the processes to go.
    [[nodiscard]] Result<void> end();

    // The ids of the dead runs that were removed. One that can't be is told in the log, and stays for the next time.
    static Result<std::vector<std::string>> clean_up_dead();

private:
    Run(std::string id, std::filesystem::path folder, base::UniqueFd lock);

    std::string id_;
    std::filesystem::path folder_;
    base::UniqueFd lock_;
};

inline constexpr const char* runs_folder = "/run/douse-drill";

}  // namespace douse::drill
