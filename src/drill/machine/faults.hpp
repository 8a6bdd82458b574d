// SPDX-License-Identifier: Apache-2.0
// What goes wrong on an awkward machine, where it takes a process of its own. Each forks and returns; called by pid 1.
#pragma once

namespace douse::drill {

// Accepts on 22/tcp and says nothing, ever.
void start_hanging_sshd();

// Once `clean` has ended (a file jobs/JOB/clean/1/end appears in /var/lib/douse: the receipt of its first run), holds dpkg's
// locks for 40 s. Once in the machine's life.
void start_lock_taker();

// Fills the machine's own file system to the last block.
void fill_disk();
inline constexpr const char* ballast = "/var/cache/drill-ballast";

}  // namespace douse::drill
