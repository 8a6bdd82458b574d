// SPDX-License-Identifier: Apache-2.0
// Steps on a machine of their own: a real sshd whose files are throw-away copies. Needs root; tests skip and say so without.
#pragma once

#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/sshd_for_tests.hpp"
#include "transport/step.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace douse::transport {

inline Deadline soon() {
    return base::deadline_in(std::chrono::seconds{30});
}

// One machine for the suite; each test has a session, jobs and a folder of its own.
struct Step : testing::Test {
    static inline std::unique_ptr<SshdForTests> machine;
    static inline std::unique_ptr<SshTransport> transport;
    static inline int jobs = 0;
    PermitParts parts;
    std::filesystem::path folder;
    std::unique_ptr<Session> session;

    static void SetUpTestSuite() {
        machine = std::make_unique<SshdForTests>(SshdForTests::Place::own_files);
        transport = std::make_unique<SshTransport>();
    }
    static void TearDownTestSuite() {
        transport.reset();
        machine.reset();
    }
    void SetUp() override {
        if (!machine->why_not().empty()) GTEST_SKIP() << machine->why_not();
        parts.credentials = {machine->credential()};
        folder = machine->folder() / testing::UnitTest::GetInstance()->current_test_info()->name();
        std::filesystem::create_directory(folder);
        session = reach();
        ASSERT_TRUE(session);
    }
    std::unique_ptr<Session> reach() {
        auto reached = transport->reach(permit_of(parts), machine->endpoint(), soon(), {});
        EXPECT_TRUE(reached) << reached.error().sentence << ": " << reached.error().detail;
        return reached ? std::move(*reached) : nullptr;
    }
    std::string there(const std::string& command) {
        auto output = session->run(command, {}, soon(), {});
        EXPECT_TRUE(output && output->exit_code == 0) << command << ": " << (output ? output->err : output.error().sentence);
        return output ? output->out : "";
    }
    StepJob job_of(std::vector<StepAction> actions) {
        return {.attempt = 1,
                .job = "i1-c1-a" + std::to_string(++jobs),
                .step = "clean",
                .step_hash = "abc123",
                .run = 1,
                .actions = std::move(actions),
                .timeout = std::chrono::seconds{20}};
    }
    StepResult run(const StepJob& job) {
        auto result = start_step(*session, job, soon(), {});
        EXPECT_TRUE(result) << result.error().sentence << ": " << result.error().detail;
        return result ? *result : StepResult{};
    }
    void make_program(const std::string& path, const std::string& body) {
        there("printf '#!/bin/sh\\n" + body + "\\n' > " + path + "; chmod 755 " + path);
    }
    // A service whose restart takes `seconds` and is counted.
    void make_slow_service(const std::string& seconds) {
        make_program("/etc/init.d/slow", "echo $$ > /run/slow.pid\\necho begin >> " + (folder / "count").string() + "\\nexec sleep " + seconds);
    }
    size_t count() {
        std::ifstream in(folder / "count");
        size_t lines = 0;
        for (std::string line; std::getline(in, line);) ++lines;
        return lines;
    }
    void wait_for_count() {
        while (count() == 0) std::this_thread::yield();
    }
};

}  // namespace douse::transport
