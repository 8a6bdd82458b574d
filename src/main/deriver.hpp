// SPDX-License-Identifier: Apache-2.0
// Binds `assess` to the store: what the store asks when evidence of an asset changed.
#pragma once

#include "server/shelf.hpp"
#include "store/store.hpp"

namespace douse {

class AssessDeriver final : public store::Deriver {
public:
    explicit AssessDeriver(server::PlaybookShelf& shelf) : shelf_(shelf) {}
    [[nodiscard]] model::Assessment derive(const model::AssetHistory& history, Timestamp now) const override;

private:
    server::PlaybookShelf& shelf_;
};

}  // namespace douse
