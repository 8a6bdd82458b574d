// SPDX-License-Identifier: Apache-2.0
// The steps of one attempt on one machine, in the playbook's order, each under a journal row here and a receipt there.
//
//   journal says     the machine is asked            then
//   nothing          skip_if, fresh                  skipped, or `started` is committed and the step sent
//                                                    (files are there before the first step: between cleaning and patching a
//                                                    machine is open, and the worm is about)
//   started          start_step of the same run      starts it if it never began, waits for it, or reads its end
//   ended, skipped   nothing                         the next step
//
// start_step's `fate_unknown` (begun, nobody alive, no end) is settled by the step's retry class.
#pragma once

#include "model/campaign.hpp"
#include "model/permit.hpp"
#include "playbook/playbook.hpp"
#include "remediate/enter.hpp"
#include "store/store.hpp"
#include "transport/step.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace douse::remediate {

struct StepsEnd {
    enum class Kind {
        done,
        failed,
        unreachable,   // and no step ever began: it may be tried again
        fate_unknown,  // a step began, and its end could not be learned
        interrupted,   // Douse ends, or nothing new may begin for now: everything stays as it is
        called_off,    // a person decided that no further step begins
    };
    Kind kind = Kind::done;
    std::string because;
    model::NeedsHands obstacle = model::NeedsHands::none;
    bool needs_a_person = false;  // fate_unknown, and the step must not be repeated
};

class Steps {
public:
    struct Setting {
        store::Store& store;
        transport::Transport& transport;
        const model::Permit& permit;
        const playbook::Playbook& playbook;
        const model::Campaign& campaign;
        const model::Attempt& attempt;
        std::vector<Address> addresses;
        Millis login_deadline;
        std::stop_token stop;
        // Asked in the transaction that writes `started`: why no further step may begin, or nothing.
        std::function<Result<std::optional<StepsEnd>>(store::Tx&)> may_not_begin;
    };
    explicit Steps(Setting setting);

    // As enter_machine, asking what every skip_if asks.
    Result<void> enter();
    // After enter. Errors are the store's.
    Result<StepsEnd> run();

private:
    using Ended = std::optional<StepsEnd>;  // nothing: go on with the next

    Result<Ended> run_step(const playbook::Step& step);
    Result<Ended> start_and_wait(const playbook::Step& step, int run);
    Result<Ended> settle(const playbook::Step& step, int run, const transport::StepResult& result);
    Result<Ended> after_end(const playbook::Step& step, int run, const transport::StepResult& result, std::optional<bool> restart_waits);
    Result<Ended> run_again(const playbook::Step& step, int run, const std::string& because, Millis wait);
    Result<Ended> reboot_if_asked(const playbook::Step& step, bool asked, std::optional<bool> restart_waits);
    Result<bool> need_not_run(const playbook::Step& step, std::string& why);
    [[nodiscard]] std::string skipped_by(const playbook::Step& step, const transport::LookAnswers& answers) const;
    Result<void> put_files_early();
    Result<std::string> boot_id();
    Result<Ended> put_files(const playbook::Step& step);
    Result<Ended> after_error(const std::string& doing, const Error& error);  // of the transport, before the step was sent
    Result<void> journal(const std::string& step, int run, model::StepEvent event, std::optional<int64_t> code, const std::string& said);
    Result<Ended> begin(const std::string& step, int run, const std::string& said);  // `started`, unless it may not
    Result<void> enter_asking(std::span<const model::Look> looks);
    Result<void> reconnect(Deadline deadline);  // error: the last one, once the time is up
    [[nodiscard]] transport::StepJob job_of(const playbook::Step& step, int run) const;

    Setting at_;
    std::unique_ptr<transport::Session> session_;
    std::string platform_;                               // "": not known
    std::optional<transport::LookAnswers> on_entering_;  // to what every skip_if asks; for the first step, while it is fresh
    Deadline fresh_until_{};
    std::vector<std::string> put_;  // files, by hash
};

}  // namespace douse::remediate
