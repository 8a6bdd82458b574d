// SPDX-License-Identifier: Apache-2.0
// A drill from beginning to end: an organisation is made, an outbreak played and fought through the same API that people use,
// and the books are held against the truth.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace douse::drill {

struct Options {
    int machines = 24;
    uint64_t seed = 1;
    bool manual = false;  // print the command for each act and wait until it has been done through any door
    bool keep = false;    // leave the machines up until Ctrl-C and print how to enter one
    bool stay = false;    // leave the console open until Ctrl-C
    bool json = false;
    std::filesystem::path data;   // empty: a temporary folder, removed at the end
    std::string listen;           // "127.0.0.1:8440"; empty: that port if it is free, else another one
    std::filesystem::path cache;  // where the machines' file system is kept between drills; empty: beside the program
    int kill_server = 0;          // how often the saboteur kills the server while attempts are under way
};

// 0: fought and won; 1: the books and the truth disagree, an act failed, or 8 rounds were not enough; 2: usage; 3: it could not be made
// (no root), was ended, or left something that could not be removed.
int run(const Options& options);

}  // namespace douse::drill
