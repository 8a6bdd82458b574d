// SPDX-License-Identifier: Apache-2.0
// The drill's network: a router namespace with one bridge per segment, which is that segment's switch and gateway in one, and
// the console's namespace beside it. Nothing of it touches the host's own network, and nothing has a default route.
//
// The router counts what Douse must never send: packets from the console's network to an address outside the scope. It keeps
// the buildings and the exempt device's segment apart.
#pragma once

#include "base/error.hpp"
#include "drill/organisation.hpp"
#include "drill/run.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace douse::drill {

class Network {
public:
    // Makes router and console. The namespaces are the run's and go with it.
    static Result<Network> make(const Run& run, const Organisation& organisation);

    // Moves each machine's interfaces into its network namespace; `supervisors` gives the process that owns it, by number.
    // Late laptops stay unplugged. Slow links are slow from here on.
    [[nodiscard]] Result<void> plug_in(const std::map<size_t, int>& supervisors) const;
    [[nodiscard]] Result<void> plug_in_laptops() const;
    [[nodiscard]] Result<uint64_t> out_of_scope_packets() const;

    [[nodiscard]] const std::string& console() const { return console_; }
    [[nodiscard]] const std::string& router() const { return router_; }

private:
    Network(std::string console, std::string router, const Organisation& organisation)
        : console_(std::move(console)), router_(std::move(router)), organisation_(&organisation) {}

    std::string console_;
    std::string router_;
    const Organisation* organisation_;
};

}  // namespace douse::drill
