// SPDX-License-Identifier: Apache-2.0
// What goes wrong on an awkward machine, where it takes a process of its own. Each forks and returns; called by pid 1.
#pragma once

namespace douse::drill {

// Accepts on 22/tcp and says nothing, ever.
void start_hanging_sshd();

// Once `clean` has ended (the receipt jobs/JOB/clean/end appears in /var/lib/douse), holds dpkg's locks for 40 s. Once in the
// machine's life, and a file says that it did.
void start_lock_taker();
inline constexpr const char* lock_taken_file = "/etc/drill-lock-taken";

// Fills the machine's own file system to the last block.
void fill_disk();
inline constexpr const char* ballast = "/var/cache/drill-ballast";

}  // namespace douse::drill
