// SPDX-License-Identifier: Apache-2.0
// One story from the first act to the last: its parts share the cast and the round, so they stand in one file.
#include "drill/plot.hpp"

#include "base/clock.hpp"
#include "drill/commands.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>
#include <thread>

namespace douse::drill {
namespace {

namespace json = boost::json;

constexpr Millis look_again = Millis{250};  // between questions whether something has ended
constexpr Millis sweep_limit = std::chrono::minutes{5};
constexpr int sweeps_tried = 3;  // in a round, when they are broken off
constexpr Millis campaign_limit = std::chrono::minutes{15};
constexpr Millis manual_limit = std::chrono::hours{8};  // people sleep
constexpr std::string_view playbook_id = "drill";
constexpr std::string_view vendor_alone = "A measuring device that its vendor alone may change.";
constexpr std::string_view scrapped = "Scrapped; the directory still lists it.";

std::string text_of(const json::value& value, std::string_view key) {
    const json::value* found = value.as_object().if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

int64_t number_of(const json::value& value, std::string_view key) {
    const json::value* found = value.as_object().if_contains(key);
    return found != nullptr && found->is_int64() ? found->as_int64() : 0;
}

class Play {
public:
    Play(const Cast& cast, const Script& script, const World& world, const Manner& manner)
        : cast_(cast), script_(script), world_(world), manner_(manner) {}

    // An act that Douse refused is a drill that is lost: its machines can still tell how far it had come.
    Result<PlotEnd> run() {
        PlotEnd end;
        const Result<void> fought = fight(end);
        if (fought) return end;
        if (fought.error().code == ErrorCode::cancelled) return std::unexpected(fought.error());
        end.because = fought.error().sentence;
        return end;
    }

private:
    using Done = std::function<Result<bool>()>;

    Result<void> fight(PlotEnd& end) {
        TRY(prepare());
        int quiet = 0;
        for (end.rounds = 1; end.rounds <= round_limit; ++end.rounds) {
            TRY(const bool was_quiet, sweep(end.rounds));
            quiet = was_quiet ? quiet + 1 : 0;
            if (quiet == 2) {
                // A mark may have come while this was being found out: the outbreak is held still, and asked once more.
                world_.hold_outbreak();
                if (world_.marks_since(sweep_began_) == 0) {
                    end.won = true;
                    return {};
                }
                world_.release_outbreak();
                quiet = 0;
            }
            if (end.rounds == 1) {
                if (world_.first_login_done) world_.first_login_done();
                TRY(retire_the_gone());
            }
            TRY(campaign());
        }
        end.rounds = round_limit;
        end.because = fmt::format("no two quiet sweeps in a row within {} rounds", round_limit);
        return {};
    }

    // Does it, or with --manual prints the command and waits until it has been done.
    Result<json::value> act(const Played& who, std::string_view path, const json::value& body, const std::string& command, const Done& done) {
        if (!manner_.manual) return who.act(path, body);
        TRY(wait_for_people(who, command, done));
        return json::value{};
    }

    Result<void> wait_for_people(const Played& who, const std::string& command, const Done& done) {
        TRY(const bool already, done());
        if (already) return {};
        world_.say(fmt::format("{}: {}", who.name(), commands::whole_line(manner_.typed, who.token(), command)));
        const Deadline limit = base::deadline_in(manual_limit);
        while (base::left_until(limit).count() > 0) {
            TRY(const bool is_done, done());
            if (is_done) return {};
            TRY(pause());
        }
        return fail(ErrorCode::timed_out, "nobody did: " + command);
    }

    Result<void> pause() const {
        if (world_.stop.stop_requested()) return fail(ErrorCode::cancelled, "the drill was ended");
        std::this_thread::sleep_for(look_again);
        return {};
    }

    Done exists(std::string path, std::string list, std::function<bool(const json::value&)> fits) const {
        return [this, path = std::move(path), list = std::move(list), fits = std::move(fits)]() -> Result<bool> {
            TRY(const json::value answer, cast_.owner.ask(path));
            for (const json::value& row : answer.at(list).as_array()) {
                if (fits(row)) return true;
            }
            return false;
        };
    }

    Result<void> prepare() {
        for (const auto& [name, key] : script_.signers) {
            TRY(act(cast_.owner, "/api/signers", json::object{{"name", name}, {"public_key", key}}, commands::pin_signer(name, key),
                    exists("/api/signers", "signers", [key](const json::value& row) { return text_of(row, "public_key") == key; })));
        }
        if (manner_.manual) {
            TRY(wait_for_people(cast_.owner, commands::put_playbook(manner_.folder),
                                exists("/api/playbooks", "playbooks", [](const json::value& row) { return text_of(row, "id") == playbook_id; })));
        } else {
            TRY(cast_.owner.act("/api/playbooks",
                                json::object{{"yaml", script_.playbook_yaml}, {"signatures", script_.signatures}, {"name", "drill.yaml"}}));
            TRY(cast_.owner.send("/api/files?name=" + script_.package_name, script_.package_bytes));
        }
        TRY(act(cast_.owner, "/api/credentials",
                json::object{{"user", script_.ssh_user}, {"private_key", script_.ssh_private_key}, {"note", "the drill's key"}},
                commands::add_credential(script_.ssh_user, manner_.folder + "/id"),
                exists("/api/credentials", "credentials", [](const json::value&) { return true; })));

        json::array ranges;
        for (const std::string& range : script_.ranges) ranges.emplace_back(range);
        world_.say("opening the incident");
        TRY(act(cast_.owner, "/api/incident", json::object{{"name", script_.incident_name}, {"playbook", playbook_id}, {"ranges", ranges}},
                commands::open_incident(script_.incident_name, playbook_id, script_.ranges), [this]() -> Result<bool> {
                    TRY(const json::value answer, cast_.owner.ask("/api/incident"));
                    return !answer.at("incident").is_null();
                }));
        world_.say("importing the lists");
        TRY(import_list("directory", "directory.csv", script_.directory_csv));
        TRY(import_list("dhcp", "dhcpd.leases", script_.dhcp_leases));
        TRY(const std::vector<json::value> devices, called(script_.devices_called));
        for (const json::value& device : devices) TRY(exempt(number_of(device, "id")));
        return {};
    }

    Result<void> import_list(const std::string& source, const std::string& name, const std::string& bytes) {
        if (!manner_.manual) {
            TRY(const json::value answer, cast_.owner.send(fmt::format("/api/imports?source={}&name={}", source, name), bytes));
            if (number_of(answer, "refused") != 0) {
                return fail(ErrorCode::internal, fmt::format("{} rows of {} were refused", number_of(answer, "refused"), name));
            }
            return {};
        }
        return wait_for_people(cast_.owner, commands::import_list(source, fmt::format("{}/{}", manner_.folder, name)),
                               exists("/api/imports", "imports", [source](const json::value& row) { return text_of(row, "source") == source; }));
    }

    // Rows of the books whose name holds the word; the search also finds what a machine only once had.
    Result<std::vector<json::value>> called(std::string_view word) {
        TRY(const json::value page, cast_.lead.ask(fmt::format("/api/assets?q={}&limit=500", word)));
        std::vector<json::value> found;
        for (const json::value& row : page.at("rows").as_array()) {
            std::string name = text_of(row, "name");
            std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            if (name.find(word) != std::string::npos) found.push_back(row);
        }
        return found;
    }

    // The lead asks, the deputy approves.
    Result<void> exempt(int64_t asset) {
        const int64_t until = base::to_ms(base::SystemClock{}.now()) + 24 * 3'600'000;
        const auto of_this = [asset](const json::value& row) { return number_of(row, "asset") == asset; };
        TRY(act(cast_.lead, "/api/exemptions", json::object{{"asset", asset}, {"reason", vendor_alone}, {"expires_at_ms", until}},
                commands::ask_exemption(asset, vendor_alone), exists("/api/exemptions", "exemptions", of_this)));
        TRY(const json::value asked, cast_.deputy.ask("/api/exemptions"));
        for (const json::value& row : asked.at("exemptions").as_array()) {
            if (!of_this(row) || text_of(row, "state") != "asked") continue;
            const int64_t id = number_of(row, "id");
            TRY(act(cast_.deputy, fmt::format("/api/exemptions/{}/approve", id), json::object{}, commands::approve_exemption(id),
                    exists("/api/exemptions", "exemptions",
                           [id](const json::value& r) { return number_of(r, "id") == id && text_of(r, "state") == "approved"; })));
        }
        return {};
    }

    Result<void> retire_the_gone() {
        for (const std::string& name : script_.gone) {
            TRY(const std::vector<json::value> found, called(name));
            if (found.size() != 1) return fail(ErrorCode::not_found, fmt::format("{} machines are called \"{}\"", found.size(), name));
            // Nothing that was asked has answered for it, so good news and bad would both be made up.
            const std::string disposition = text_of(found[0], "disposition");
            if (disposition != "unknown") {
                return fail(ErrorCode::internal, fmt::format("\"{}\" is gone, and the books say {} of it, not unknown", name, disposition));
            }
            const int64_t asset = number_of(found[0], "id");
            world_.say(fmt::format("the lead retires {}", name));
            TRY(act(cast_.lead, fmt::format("/api/assets/{}/retire", asset), json::object{{"reason", scrapped}}, commands::retire(asset, scrapped),
                    [this, asset]() -> Result<bool> {
                        TRY(const json::value answer, cast_.owner.ask(fmt::format("/api/assets/{}", asset)));
                        const json::value* at = answer.at("asset").as_object().if_contains("retired_at_ms");
                        return at != nullptr && !at->is_null();
                    }));
        }
        return {};
    }

    // True when no asset appeared, no disposition changed and no mark was made. One that was broken off is done again, and what it
    // had found by then counts too.
    Result<bool> sweep(int round) {
        sweep_began_ = base::SystemClock{}.now();
        bool found = false;
        for (int tried = 1;; ++tried) {
            TRY(const int64_t id, start_sweep());
            TRY(const json::value done, wait_for_sweep(id));
            found = found || number_of(done, "new_assets") != 0 || number_of(done, "changed") != 0;
            if (text_of(done, "state") == "failed") {
                const std::string because = text_of(done, "because");
                if (tried == sweeps_tried) return fail(ErrorCode::internal, fmt::format("{} sweeps were broken off: {}", tried, because));
                world_.say("the sweep was broken off: " + because);
                TRY(pause());
                continue;
            }
            const int marks = world_.marks_since(sweep_began_);
            world_.say(fmt::format("round {}: sweep {} of {} addresses, {} answered, {} entered, {} new, {} changed; {} marks meanwhile", round, id,
                                   number_of(done, "targets"), number_of(done, "answered"), number_of(done, "inside"), number_of(done, "new_assets"),
                                   number_of(done, "changed"), marks));
            return !found && marks == 0;
        }
    }

    Result<int64_t> newest_sweep() {
        TRY(const json::value answer, cast_.owner.ask("/api/sweeps"));
        for (const json::value& row : answer.at("sweeps").as_array()) {
            if (text_of(row, "kind") == "sweep") return number_of(row, "id");  // a look at single machines is none
        }
        return 0;
    }

    Result<int64_t> start_sweep() {
        TRY(const int64_t before, newest_sweep());
        if (!manner_.manual) {
            // Whoever looks on may look at a machine just now; one sweep or look runs at a time.
            const Deadline limit = base::deadline_in(sweep_limit);
            for (;;) {
                const auto started = cast_.owner.act("/api/sweeps", json::object{});
                if (started) return number_of(*started, "id");
                if (started.error().code != ErrorCode::wrong_state || base::left_until(limit).count() == 0) return std::unexpected(started.error());
                TRY(pause());
            }
        }
        TRY(wait_for_people(cast_.owner, commands::start_sweep(), [&]() -> Result<bool> {
            TRY(const int64_t newest, newest_sweep());
            return newest != before;
        }));
        return newest_sweep();
    }

    Result<json::value> wait_for_sweep(int64_t id) {
        const Deadline limit = base::deadline_in(sweep_limit);
        for (;;) {
            TRY(json::value sweep, cast_.owner.ask(fmt::format("/api/sweeps/{}", id)));
            if (text_of(sweep, "state") != "running") return sweep;
            if (base::left_until(limit).count() == 0) return fail(ErrorCode::timed_out, fmt::format("sweep {} doesn't end", id));
            TRY(pause());
        }
    }

    // The owner plans, the deputy approves what they read, the owner starts it and settles gates.
    Result<void> campaign() {
        json::value planned;
        if (manner_.manual) {
            TRY(const int64_t before, newest_campaign());
            TRY(const int64_t open, plannable());
            if (open == 0) return {};
            TRY(wait_for_people(cast_.owner, commands::plan_campaign(), [&]() -> Result<bool> {
                TRY(const int64_t newest, newest_campaign());
                return newest != before;
            }));
        } else {
            auto plan = cast_.owner.act("/api/campaigns", json::object{});
            if (!plan && plan.error().code == ErrorCode::wrong_state) return {};  // nothing to do
            if (!plan) return std::unexpected(plan.error());
        }
        TRY(const int64_t id, newest_campaign());
        const std::string path = fmt::format("/api/campaigns/{}", id);
        TRY(planned, cast_.deputy.ask(path));
        const json::object& counts = planned.at("summary").at("tasks").as_object();
        world_.say(fmt::format("campaign {}: {} machines in {} waves", id, counts.at("open").as_int64(), number_of(planned.at("summary"), "waves")));
        TRY(act(cast_.deputy, path + "/approve", json::object{{"plan_hash", text_of(planned, "plan_hash")}},
                commands::approve_campaign(id, text_of(planned, "plan_hash")), state_is_not(path, "draft")));
        TRY(act(cast_.owner, path + "/start", json::object{}, commands::start_campaign(id), state_is_not(path, "approved")));
        return watch(id, path);
    }

    Done state_is_not(std::string path, std::string state) const {
        return [this, path = std::move(path), state = std::move(state)]() -> Result<bool> {
            TRY(const json::value answer, cast_.owner.ask(path));
            return text_of(answer.at("summary"), "state") != state;
        };
    }

    Result<int64_t> newest_campaign() {
        TRY(const json::value answer, cast_.owner.ask("/api/campaigns"));
        const json::array& campaigns = answer.at("campaigns").as_array();
        return campaigns.empty() ? 0 : number_of(campaigns[0], "id");
    }

    Result<int64_t> plannable() {
        TRY(const json::value page, cast_.owner.ask("/api/assets?disposition=infected,vulnerable,unknown&limit=500"));
        int64_t count = 0;
        for (const json::value& row : page.at("rows").as_array()) {
            TRY(const json::value detail, cast_.owner.ask(fmt::format("/api/assets/{}", number_of(row, "id"))));
            bool needs_hands = false;
            for (const json::value& task : detail.at("tasks").as_array()) needs_hands = needs_hands || text_of(task, "state") == "needs_hands";
            if (!needs_hands) ++count;
        }
        return count;
    }

    Result<void> watch(int64_t id, const std::string& path) {
        const Deadline limit = base::deadline_in(campaign_limit);
        bool told = false;
        std::string said;
        for (;;) {
            TRY(const json::value now, cast_.owner.ask(path));
            const std::string state = text_of(now.at("summary"), "state");
            const json::array& waves = now.at("waves").as_array();
            int started = 0;
            int running = -1;
            for (const json::value& wave : waves) {
                const std::string wave_state = text_of(wave, "state");
                const int number = static_cast<int>(number_of(wave, "number"));
                if (wave_state == "running") running = number;
                if (wave_state != "waiting") ++started;
                if (wave_state == "gated") TRY(settle(path, id, number, text_of(wave, "gated_because")));
            }
            if (!told && started >= std::min<int>(2, static_cast<int>(waves.size()))) {
                told = true;
                if (world_.wave_started) world_.wave_started();
            }
            const json::object& counts = now.at("summary").at("tasks").as_object();
            const std::string line = fmt::format("campaign {}: wave {} of {}; {} verified, {} need hands, {} to do", id, started, waves.size(),
                                                 counts.at("verified").as_int64(), counts.at("needs_hands").as_int64(), counts.at("open").as_int64());
            if (line != said) world_.say(line);
            said = line;
            if (state == "done" || state == "stopped") return {};
            if (world_.wave_runs && running >= 0) {
                CampaignSeen seen{.campaign = id, .wave = running, .waves = static_cast<int>(waves.size()), .attempts = {}};
                for (const auto& [in_state, count] : now.at("attempts").as_object()) seen.attempts[std::string(in_state)] = count.as_int64();
                world_.wave_runs(seen);
            }
            if (!manner_.manual && base::left_until(limit).count() == 0)
                return fail(ErrorCode::timed_out, fmt::format("campaign {} doesn't end", id));
            TRY(pause());
        }
    }

    // The drill's failures are the machines' own; the method has proven itself on the others of the wave, so the owner goes on.
    Result<void> settle(const std::string& path, int64_t id, int wave, const std::string& why) {
        world_.say(fmt::format("wave {} is gated: {}; the owner lets the next go on", wave, why));
        const std::string reason = "The failures are of these machines, not of the method: " + why;
        auto settled = act(cast_.owner, path + "/settle", json::object{{"wave", wave}, {"decision", "pass"}, {"reason", reason}},
                           commands::pass_wave(id, wave, reason), [&]() -> Result<bool> {
                               TRY(const json::value now, cast_.owner.ask(path));
                               return text_of(now.at("waves").as_array()[static_cast<size_t>(wave)], "state") != "gated";
                           });
        if (!settled && settled.error().code != ErrorCode::wrong_state) return std::unexpected(settled.error());
        return {};
    }

    const Cast& cast_;
    const Script& script_;
    const World& world_;
    const Manner& manner_;
    Timestamp sweep_began_{};  // the newest
};

}  // namespace

int64_t CampaignSeen::under_way() const {
    int64_t count = 0;
    for (const auto& [state, so_many] : attempts) count += state == "sent" || state == "running" ? so_many : 0;
    return count;
}

int64_t CampaignSeen::ended() const {
    int64_t count = -under_way();
    for (const auto& [state, so_many] : attempts) count += state != "queued" && state != "fate_unknown" ? so_many : 0;
    return count;
}

Result<PlotEnd> play(const Cast& cast, const Script& script, const World& world, const Manner& manner) {
    return Play(cast, script, world, manner).run();
}

}  // namespace douse::drill
