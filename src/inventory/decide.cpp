// SPDX-License-Identifier: Apache-2.0
// The decision: links every candidate to the observation by the strongest thing that they share, leaves out what contradicts,
// and takes what is left in order of strength. See resolve.hpp for the rules.
#include "inventory/resolve.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <set>

namespace douse::inventory {
namespace {

using model::IdentifierKind;
using store::CarriedIdentifier;
using Values = std::set<std::string>;

constexpr Millis elsewhere_just_now = std::chrono::hours(1);  // a machine isn't at two addresses within this time, laptops aside

enum class Link { machine_id, directory_guid, serial, ssh_host_key, mac, name_and_address, address, name };
constexpr bool may_merge_always(Link link) {
    return link < Link::address;
}

bool is_look(std::string_view source) {
    return source == "sweep" || source == "inside";
}

Values values_of(const std::vector<model::Identifier>& identifiers, IdentifierKind kind) {
    Values values;
    for (const auto& identifier : identifiers) {
        if (identifier.kind == kind) values.insert(identifier.value);
    }
    return values;
}

// What an asset, or an observation, is known by.
struct Known {
    Values machine_ids, guids, serials, host_keys, macs, hosts, dns;

    [[nodiscard]] bool only_by_address() const {
        return machine_ids.empty() && guids.empty() && serials.empty() && host_keys.empty() && macs.empty() && hosts.empty();
    }
};
Known known_by(const std::vector<model::Identifier>& ids) {
    return {.machine_ids = values_of(ids, IdentifierKind::machine_id),
            .guids = values_of(ids, IdentifierKind::directory_guid),
            .serials = values_of(ids, IdentifierKind::serial),
            .host_keys = values_of(ids, IdentifierKind::ssh_host_key),
            .macs = values_of(ids, IdentifierKind::mac),
            .hosts = values_of(ids, IdentifierKind::host_name),
            .dns = values_of(ids, IdentifierKind::dns_name)};
}

bool share(const Values& a, const Values& b) {
    return std::ranges::any_of(a, [&](const std::string& value) { return b.contains(value); });
}
bool differ(const Values& a, const Values& b) {
    return !a.empty() && !b.empty() && !share(a, b);
}
// "web" in two domains is two names; where one side knows no domain, the host name decides.
bool same_name(const Known& a, const Known& b) {
    return share(a.hosts, b.hosts) && !differ(a.dns, b.dns);
}
bool names_differ(const Known& a, const Known& b) {
    return !a.hosts.empty() && !b.hosts.empty() && !same_name(a, b);
}
// What no link overcomes.
bool contradict(const Known& a, const Known& b) {
    if (differ(a.machine_ids, b.machine_ids) || differ(a.guids, b.guids)) return true;
    return differ(a.serials, b.serials) && !share(a.machine_ids, b.machine_ids);
}

struct Span {
    Timestamp from, until;
};
bool overlap(const Span& a, const Span& b) {
    return a.from < b.until && b.from < a.until;
}

struct Fact {
    const Candidate* candidate;
    Known known;
    Known inside;  // as the looks inside alone know it
};

class Question {
public:
    Question(const model::Observation& observation, const std::vector<Candidate>& candidates, const Surroundings& surroundings)
        : seen_(observation), surroundings_(surroundings), mine_(known_by(observation.identifiers)) {
        for (const Candidate& candidate : candidates) {
            std::vector<model::Identifier> all, inside;
            for (const CarriedIdentifier& c : candidate.carried) {
                all.push_back(c.identifier);
                if (c.source == "inside") inside.push_back(c.identifier);
            }
            facts_.push_back({&candidate, known_by(all), known_by(inside)});
        }
        std::ranges::sort(facts_, [](const Fact& a, const Fact& b) { return a.candidate->asset < b.candidate->asset; });
        for (const auto& identifier : observation.identifiers) {
            if (identifier.kind == IdentifierKind::address) addresses_.push_back(identifier.value);
        }
    }

    Decision answer() {
        link_all();
        std::ranges::sort(links_, [&](const Linked& a, const Linked& b) {
            if (a.link != b.link) return a.link < b.link;
            if (last_seen(*a.fact) != last_seen(*b.fact)) return last_seen(*a.fact) > last_seen(*b.fact);
            return a.fact->candidate->asset < b.fact->candidate->asset;
        });
        std::vector<const Linked*> taken;
        for (const Linked& linked : links_) {
            if (linked.link == Link::name && is_name_explained(taken)) continue;
            if (!taken.empty() && (!may_merge(linked) || !fits_all(linked, taken))) continue;
            taken.push_back(&linked);
        }
        return decision_from(taken);
    }

private:
    struct Linked {
        const Fact* fact;
        Link link;
        std::string reason;
    };

    void link_all() {
        const auto holders = holders_of_my_addresses();
        for (const Fact& fact : facts_) {
            if (contradict(mine_, fact.known)) continue;
            if (auto linked = strongest_link(fact))
                links_.push_back(*std::move(linked));
            else if (auto by_address = link_by_address(fact, holders))
                links_.push_back(*std::move(by_address));
        }
        link_by_name();
    }

    [[nodiscard]] std::optional<Linked> strongest_link(const Fact& fact) const {
        const Known& theirs = fact.known;
        auto link = [&](Link by, std::string reason) { return Linked{&fact, by, std::move(reason) + host_key_note(fact)}; };
        if (share(mine_.machine_ids, theirs.machine_ids) && !is_cloned(fact)) return link(Link::machine_id, "same machine-id");
        if (share(mine_.guids, theirs.guids)) return link(Link::directory_guid, "same object in the directory");
        if (share(mine_.serials, theirs.serials) && carriers(&Known::serials) == 1) return link(Link::serial, "same serial number");
        if (share(mine_.host_keys, theirs.host_keys) && carriers(&Known::host_keys) == 1 && !macs_differ(fact)) {
            return link(Link::ssh_host_key, "same SSH host key");
        }
        if (share(mine_.macs, theirs.macs) && !is_passed_around(fact)) {
            return link(Link::mac, fmt::format("same MAC address {}", shared_value(mine_.macs, theirs.macs)));
        }
        if (same_name(mine_, theirs) && !macs_differ(fact)) {
            if (const auto address = address_in_common(fact)) {
                return link(Link::name_and_address,
                            fmt::format("same name \"{}\" at the same address {}", shared_value(mine_.hosts, theirs.hosts), *address));
            }
        }
        return std::nullopt;
    }

    // How many candidates carry a value of mine. Two that are one machine are merged when a stronger link shows it.
    [[nodiscard]] size_t carriers(Values Known::* kind) const {
        return static_cast<size_t>(std::ranges::count_if(facts_, [&](const Fact& f) { return share(mine_.*kind, f.known.*kind); }));
    }

    // A copied image brings its machine-id along. Looks inside read every MAC, so two looks with no MAC in common were at two
    // machines; where no MAC was read, another host key at another address says the same.
    [[nodiscard]] bool is_cloned(const Fact& fact) const {
        if (differ(mine_.macs, fact.inside.macs)) return true;
        if (share(mine_.macs, fact.inside.macs)) return false;
        const bool elsewhere = std::ranges::none_of(addresses_, [&](const std::string& a) { return carries_address(fact, a); });
        if (elsewhere && differ(mine_.host_keys, fact.known.host_keys)) return true;
        return elsewhere && carriers(&Known::machine_ids) > 1;
    }

    // Docks and adapters are passed on: then machines that cannot be one carry the MAC, and it is the newest carrier's.
    [[nodiscard]] bool is_passed_around(const Fact& fact) const {
        for (const Fact& other : facts_) {
            if (other.candidate == fact.candidate || !share(mine_.macs, other.known.macs)) continue;
            if (contradict(fact.known, other.known) && last_seen(other) > last_seen(fact)) return true;
        }
        return false;
    }

    [[nodiscard]] bool macs_differ(const Fact& fact) const { return differ(mine_.macs, fact.known.macs); }

    [[nodiscard]] std::string host_key_note(const Fact& fact) const {
        return differ(mine_.host_keys, fact.known.host_keys) ? ", and its SSH host key changed" : "";
    }

    static std::string shared_value(const Values& a, const Values& b) {
        for (const std::string& value : a) {
            if (b.contains(value)) return value;
        }
        return {};
    }

    [[nodiscard]] Timestamp last_seen(const Fact& fact) const {
        Timestamp last = Timestamp::min();
        for (const CarriedIdentifier& c : fact.candidate->carried) last = std::max(last, c.last_at);
        return last;
    }

    static bool carries_address(const Fact& fact, const std::string& address) {
        return std::ranges::any_of(fact.candidate->carried, [&](const CarriedIdentifier& c) {
            return c.identifier.kind == IdentifierKind::address && c.identifier.value == address;
        });
    }

    // When the observation's claim to its addresses holds: a lease for its span, a list from when it last saw the machine, a look
    // at its moment.
    [[nodiscard]] Span my_span() const {
        if (seen_.until) return {seen_.seen_at, *seen_.until};
        if (is_look(seen_.source)) return {seen_.seen_at, seen_.seen_at + Millis(1)};
        return {seen_.seen_at, Timestamp::max()};
    }
    static Span span_of(const CarriedIdentifier& claim) {
        if (claim.until) return {claim.first_at, *claim.until};
        return {claim.first_at, Timestamp::max()};
    }

    [[nodiscard]] std::optional<std::string> address_in_common(const Fact& fact) const {
        for (const CarriedIdentifier& c : fact.candidate->carried) {
            if (c.identifier.kind != IdentifierKind::address) continue;
            if (std::ranges::find(addresses_, c.identifier.value) == addresses_.end()) continue;
            if (overlap(my_span(), span_of(c))) return c.identifier.value;
        }
        return std::nullopt;
    }

    struct Holding {
        const Fact* fact = nullptr;
        enum class By { list, look, lease } by = By::list;
        Timestamp began = Timestamp::min();
    };

    // Who has the address at that moment: the newest of leases that cover it and looks; else the only list entry.
    [[nodiscard]] Holding holder_of(const std::string& address, Timestamp at) const {
        Holding holder;
        Holding listed;
        size_t list_entries = 0;
        for (const Fact& fact : facts_) {
            bool in_list = false;
            for (const CarriedIdentifier& c : fact.candidate->carried) {
                if (c.identifier.kind != IdentifierKind::address || c.identifier.value != address) continue;
                const bool look = is_look(c.source);
                if (!look && !c.until) {
                    in_list = true;
                    listed.fact = &fact;
                    continue;
                }
                if (c.until && !(c.first_at <= at && at < *c.until)) continue;
                const Timestamp began = c.last_at <= at ? c.last_at : c.first_at;
                if (look && began > at && holder.fact != nullptr) continue;
                if (holder.fact == nullptr || holder.began < began) {
                    holder = {&fact, look ? Holding::By::look : Holding::By::lease, began};
                }
            }
            list_entries += in_list ? 1 : 0;
        }
        if (holder.fact != nullptr) return holder;
        return list_entries == 1 ? listed : Holding{};
    }

    [[nodiscard]] std::vector<std::pair<std::string, Holding>> holders_of_my_addresses() const {
        std::vector<std::pair<std::string, Holding>> holders;
        const Timestamp at = is_look(seen_.source) || seen_.until ? seen_.seen_at : surroundings_.now;
        for (const std::string& address : addresses_) holders.emplace_back(address, holder_of(address, at));
        return holders;
    }

    [[nodiscard]] std::optional<Linked> link_by_address(const Fact& fact, const std::vector<std::pair<std::string, Holding>>& holders) const {
        if (macs_differ(fact)) return std::nullopt;
        for (size_t i = 0; i < holders.size(); ++i) {
            const auto& [address, holding] = holders[i];
            if (seen_.until && was_looked_at_during_my_lease(fact, address) && !names_differ(mine_, fact.known)) {
                return Linked{&fact, Link::address, fmt::format("seen at address {} during this lease", address) + host_key_note(fact)};
            }
            if (holding.fact != &fact || seen_.until) continue;
            const bool look = is_look(seen_.source);
            // A machine's other addresses (bridges, VPNs) may exist on many machines.
            if (look && i > 0 && !fact.known.only_by_address()) continue;
            if (!look && !fact.known.hosts.empty()) continue;
            if (names_differ(mine_, fact.known)) continue;  // the address went to another machine
            const std::string_view why = holding.by == Holding::By::lease  ? "its lease holds address {}"
                                         : holding.by == Holding::By::look ? "it was the last one seen at address {}"
                                                                           : "it is the only one listed at address {}";
            return Linked{&fact, Link::address, fmt::format(fmt::runtime(why), address) + host_key_note(fact)};
        }
        return std::nullopt;
    }

    [[nodiscard]] bool was_looked_at_during_my_lease(const Fact& fact, const std::string& address) const {
        if (!fact.known.macs.empty()) return false;
        return std::ranges::any_of(fact.candidate->carried, [&](const CarriedIdentifier& c) {
            return c.identifier.kind == IdentifierKind::address && c.identifier.value == address && is_look(c.source) &&
                   overlap(my_span(), {c.last_at, c.last_at + Millis(1)});
        });
    }

    void link_by_name() {
        if (std::ranges::any_of(mine_.hosts, [&](const std::string& host) { return surroundings_.shared_names.contains(host); })) return;
        const Fact* only = nullptr;
        for (const Fact& fact : facts_) {
            if (!same_name(mine_, fact.known) || contradict(mine_, fact.known) || macs_differ(fact) || is_elsewhere_now(fact)) continue;
            if (only != nullptr) return;
            only = &fact;
        }
        if (only == nullptr || names_are_shared()) return;
        if (std::ranges::any_of(links_, [&](const Linked& l) { return l.fact == only; })) return;
        links_.push_back({only, Link::name,
                          fmt::format("same name \"{}\", and no other machine is called so", shared_value(mine_.hosts, only->known.hosts)) +
                              host_key_note(*only)});
    }

    // Two directory objects or two machines of that name are known: then the name alone tells nothing.
    [[nodiscard]] bool names_are_shared() const {
        std::vector<const Fact*> namesakes;
        for (const Fact& fact : facts_) {
            if (same_name(mine_, fact.known)) namesakes.push_back(&fact);
        }
        for (const Fact* a : namesakes) {
            for (const Fact* b : namesakes) {
                if (contradict(a->known, b->known)) return true;
            }
        }
        return false;
    }

    // A look has just seen it at an address that this look, which knows all addresses of its machine, does not have.
    [[nodiscard]] bool is_elsewhere_now(const Fact& fact) const {
        if (!is_look(seen_.source)) return false;
        return std::ranges::any_of(fact.candidate->carried, [&](const CarriedIdentifier& c) {
            return c.identifier.kind == IdentifierKind::address && is_look(c.source) && c.last_at + elsewhere_just_now > seen_.seen_at &&
                   std::ranges::find(addresses_, c.identifier.value) == addresses_.end();
        });
    }

    [[nodiscard]] bool is_name_explained(const std::vector<const Linked*>& taken) const {
        return std::ranges::any_of(taken, [&](const Linked* l) { return same_name(mine_, l->fact->known); });
    }

    [[nodiscard]] bool may_merge(const Linked& linked) const { return may_merge_always(linked.link) || seen_.source == "inside"; }

    static bool fits_all(const Linked& linked, const std::vector<const Linked*>& taken) {
        return std::ranges::none_of(taken, [&](const Linked* l) { return contradict(linked.fact->known, l->fact->known); });
    }

    [[nodiscard]] Decision decision_from(const std::vector<const Linked*>& taken) const {
        if (taken.empty()) return {.asset = std::nullopt, .reason = why_new(), .merges = {}};
        Decision decision{.asset = taken.front()->fact->candidate->asset, .reason = taken.front()->reason, .merges = {}};
        for (const Linked* l : taken) decision.asset = std::min(*decision.asset, l->fact->candidate->asset);
        const std::string together = taken.size() == 1 ? "" : reasons_of(taken);
        for (const Linked* l : taken) {
            if (l->fact->candidate->asset != *decision.asset) decision.merges.push_back({l->fact->candidate->asset, together});
        }
        return decision;
    }

    // "a look inside has the MAC address of one and the name of the other" in the words of the links.
    [[nodiscard]] std::string reasons_of(const std::vector<const Linked*>& taken) const {
        std::string text = fmt::format("one observation ({}) fits both:", seen_.source);
        for (const Linked* l : taken)
            text += fmt::format("{} asset {}: {}", l == taken.front() ? "" : ";", l->fact->candidate->asset.value, l->reason);
        return text;
    }

    [[nodiscard]] std::string why_new() const {
        const std::string called = !mine_.hosts.empty() ? *mine_.hosts.begin() : addresses_.empty() ? std::string("it") : addresses_.front();
        if (facts_.empty()) return fmt::format("first seen by {} as \"{}\": no known machine shares an identifier with it", seen_.source, called);
        return fmt::format("first seen by {} as \"{}\": the known machines that share an identifier are others, or it cannot be told which",
                           seen_.source, called);
    }

    const model::Observation& seen_;
    const Surroundings& surroundings_;
    const Known mine_;
    std::vector<std::string> addresses_;
    std::vector<Fact> facts_;
    std::vector<Linked> links_;
};

}  // namespace

Decision decide(const model::Observation& observation, const std::vector<Candidate>& candidates, const Surroundings& surroundings) {
    return Question(observation, candidates, surroundings).answer();
}

}  // namespace douse::inventory
