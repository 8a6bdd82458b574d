// SPDX-License-Identifier: Apache-2.0
// The rooms that the server's operations reach, by reference. With `serve --no-act` there is nobody who looks or acts: the
// pointers are empty, and the operations that need them say so.
#pragma once

#include "base/clock.hpp"
#include "server/shelf.hpp"
#include "store/store.hpp"

#include <string>

namespace douse::incident {
class Guard;
}
namespace douse::survey {
class Survey;
}
namespace douse::remediate {
class Runner;
}

namespace douse::server {

struct House {
    store::Store& store;
    incident::Guard& guard;
    const base::Clock& clock;
    PlaybookShelf& shelf;
    survey::Survey* survey = nullptr;
    remediate::Runner* runner = nullptr;
    std::string url = {};     // of the console, "http://127.0.0.1:8440"; set by the server when it knows its port, as is
    std::string cookie = {};  // the name of the session's cookie

    // The same rooms, reached by one call whose store carries something along.
    [[nodiscard]] House through(store::Store& carrying) const {
        return {.store = carrying, .guard = guard, .clock = clock, .shelf = shelf, .survey = survey, .runner = runner, .url = url, .cookie = cookie};
    }
};

}  // namespace douse::server
