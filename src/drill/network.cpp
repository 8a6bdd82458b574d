// SPDX-License-Identifier: Apache-2.0
#include "drill/network.hpp"

#include "base/log.hpp"
#include "drill/files.hpp"
#include "drill/netns.hpp"
#include "drill/program.hpp"

#include <fmt/format.h>
#include <charconv>

namespace douse::drill {
namespace {

constexpr std::string_view slow_link = "tbf rate 512kbit burst 16kb latency 400ms";
constexpr std::string_view outside_bridge = "br-outside";
constexpr int roomy_neighbours = 16384;  // the table is one for all namespaces, and 1024 by default
constexpr size_t many_machines = 100;    // from here up a sweep could overflow it

std::string bridge_of(const Organisation& organisation, const Machine& machine, const Interface& interface) {
    return machine.kind == Kind::outsider                ? std::string(outside_bridge)
           : interface.segment >= organisation.buildings ? "br-exempt"
                                                         : fmt::format("br{}", interface.segment + 1);
}

std::string port_of(const Machine& machine, size_t interface) {
    return fmt::format("m{}{}", machine.number, interface == 0 ? 'a' : 'b');
}

void add_bridge(std::string& batch, std::string_view name, const Segment& segment) {
    batch += fmt::format("link add name {} type bridge\naddress add {}/{} dev {}\nlink set {} up\n", name, segment.gateway.text(), segment.prefix,
                         name, name);
}

std::string router_batch(const Organisation& organisation) {
    std::string batch = fmt::format("link set lo up\naddress add {}/24 dev console\nlink set console up\n", console_gateway);
    for (size_t i = 0; i < organisation.segments.size(); ++i)
        add_bridge(batch, i < organisation.buildings ? fmt::format("br{}", i + 1) : "br-exempt", organisation.segments[i]);
    add_bridge(batch, outside_bridge, organisation.outside);
    return batch;
}

std::string router_rules(const Organisation& organisation) {
    std::string scope;
    for (const auto& segment : organisation.segments)
        scope += fmt::format("{}{}/{}", scope.empty() ? "" : ", ", segment.range.first.text(), segment.prefix);
    return fmt::format(R"(table inet drill {{
    set scope {{ type ipv4_addr; flags interval; elements = {{ {} }} }}
    counter out_of_scope {{ }}
    chain arriving {{
        type filter hook prerouting priority -300; policy accept;
        iifname "console" ip daddr != @scope counter name out_of_scope
    }}
    chain for_itself {{
        type filter hook input priority 0; policy accept;
        tcp flags & (syn | ack) == syn drop comment "a router that offers nothing is no machine of the drill"
    }}
    chain passing {{
        type filter hook forward priority 0; policy accept;
        iifname "br-exempt" oifname != "console" drop
        oifname "br-exempt" iifname != "console" drop
    }}
}}
)",
                       scope);
}

void make_room_for_neighbours() {
    for (const char* threshold : {"gc_thresh3", "gc_thresh2"}) {
        const auto raised = Run::raise_kernel_value(std::filesystem::path("/proc/sys/net/ipv4/neigh/default") / threshold, roomy_neighbours);
        if (!raised) base::log(base::LogLevel::warning, raised.error().sentence);  // a container may not; a small sweep fits all the same
    }
}

}  // namespace

Result<Network> Network::make(const Run& run, const Organisation& organisation) {
    Network network(run.netns("console"), run.netns("router"), organisation);
    const std::string& console = network.console_;
    const std::string& router = network.router_;
    if (organisation.machines.size() >= many_machines) make_room_for_neighbours();
    TRY(must_run({"ip", "netns", "add", console}));
    TRY(must_run({"ip", "netns", "add", router}));
    Result<void> forwarding;
    TRY(run_in_netns(named_netns(router), [&] {
        forwarding = set_kernel_value("/proc/sys/net/ipv4/ip_forward", "1");
        for (const char* which : {"all", "default"})  // a machine with two interfaces answers by another way than it was asked
            (void)set_kernel_value(fmt::format("/proc/sys/net/ipv4/conf/{}/rp_filter", which), "0");
    }));
    TRY(std::move(forwarding));
    TRY(must_run({"ip", "-n", router, "link", "add", "name", "console", "type", "veth", "peer", "name", "eth0", "netns", console}));
    TRY(must_run({"ip", "-n", router, "-batch", "-"}, router_batch(organisation)));
    TRY(must_run({"ip", "-n", console, "-batch", "-"},
                 fmt::format("link set lo up\naddress add {}/24 dev eth0\nlink set eth0 up\nroute add 10.0.0.0/8 via {}\n", console_address,
                             console_gateway)));
    Result<std::string> rules;
    TRY(run_in_netns(named_netns(router), [&] { rules = must_run({"nft", "-f", "-"}, router_rules(organisation)); }));
    TRY(std::move(rules));
    return network;
}

Result<void> Network::plug_in(const std::map<size_t, int>& supervisors) const {
    std::string batch;
    std::string shaping;
    for (const Machine* machine : organisation_->real_machines()) {
        const int supervisor = supervisors.at(machine->number);
        for (size_t i = 0; i < machine->interfaces.size(); ++i) {
            const auto& interface = machine->interfaces[i];
            const std::string port = port_of(*machine, i);
            batch += fmt::format("link add name {} type veth peer name {} address {} netns {}\nlink set {} master {} {}\n", port, interface.name,
                                 interface.mac.text(), supervisor, port, bridge_of(*organisation_, *machine, interface),
                                 machine->kind == Kind::late_laptop ? "down" : "up");
        }
        if (machine->kind == Kind::slow_link) shaping += fmt::format("qdisc add dev {} root {}\n", port_of(*machine, 0), slow_link);
    }
    TRY(must_run({"ip", "-n", router_, "-batch", "-"}, batch));
    if (!shaping.empty()) TRY(must_run({"tc", "-n", router_, "-batch", "-"}, shaping));
    for (const auto& machine : organisation_->machines) {
        if (machine.kind != Kind::slow_link) continue;
        Result<std::string> shaped;  // the other direction, at the machine's own end
        TRY(run_in_netns(netns_of_process(supervisors.at(machine.number)),
                         [&] { shaped = must_run({"tc", "-batch", "-"}, fmt::format("qdisc add dev eth0 root {}\n", slow_link)); }));
        TRY(std::move(shaped));
    }
    return {};
}

Result<void> Network::plug_in_laptops() const {
    std::string batch;
    for (const auto& machine : organisation_->machines)
        if (machine.kind == Kind::late_laptop) batch += fmt::format("link set {} up\n", port_of(machine, 0));
    if (!batch.empty()) TRY(must_run({"ip", "-n", router_, "-batch", "-"}, batch));
    return {};
}

Result<uint64_t> Network::out_of_scope_packets() const {
    Result<std::string> listing;
    TRY(run_in_netns(named_netns(router_), [&] { listing = must_run({"nft", "list", "counter", "inet", "drill", "out_of_scope"}); }));
    TRY(const std::string text, std::move(listing));
    constexpr std::string_view word = "packets ";
    const size_t at = text.find(word);
    uint64_t count = 0;
    if (at == std::string::npos || std::from_chars(text.data() + at + word.size(), text.data() + text.size(), count).ec != std::errc{})
        return fail(ErrorCode::internal, "the router's counter can't be read", text);
    return count;
}

}  // namespace douse::drill
