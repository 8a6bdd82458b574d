// SPDX-License-Identifier: Apache-2.0
// The system calls that drill-machine is made of, each of which works or ends the machine with a sentence to the lab.
#pragma once

#include <sys/types.h>
#include <string>
#include <string_view>
#include <vector>

namespace douse::drill {

void tell_lab(std::string_view message);
[[noreturn]] void give_up(const std::string& what);  // with errno's text
void must(int result, const std::string& what);      // gives up below 0

void make_folder(const std::string& path, mode_t mode = 0755);  // with its parents
void put_file(const std::string& path, std::string_view text, mode_t mode = 0644);
[[nodiscard]] std::string first_line_of(const std::string& path);
[[nodiscard]] bool exists(const std::string& path);
void mount_on(const std::string& what, const std::string& where, const char* type, unsigned long flags, const std::string& options = {});
void change_root(const std::string& to, const std::string& old_below_it);  // old_below_it: a folder in `to`, as seen from `to`

// Runs a program with a plain environment and waits for it; its exit code.
int run(const std::vector<std::string>& words);

void sleep_ms(int ms);
[[nodiscard]] bool listens(int port);  // in this network namespace, by /proc/net/tcp and tcp6

}  // namespace douse::drill
