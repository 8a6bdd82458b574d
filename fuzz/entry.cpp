// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry: DOUSE_FUZZ_TARGET is one name of targets.hpp.
#include "fuzz/targets.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string broken = douse::fuzz::DOUSE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    if (broken.empty()) return 0;
    std::fprintf(stderr, "law broken: %s\n", broken.c_str());
    std::abort();
}
