// SPDX-License-Identifier: Apache-2.0
// One walk over the ledger. The chain shows a row that was changed, left out or put in; the head, kept in a table of its own, shows
// rows cut off the end; the rows that say who somebody is show a person who was renamed, raised, added or taken away behind our
// back. Whoever rewrites all of these together is found only by a copy of an earlier head that they couldn't reach.
#include "base/json_text.hpp"
#include "store/database.hpp"
#include "store/ledger_rows.hpp"
#include "store/people_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace douse::store {
namespace {

constexpr std::array<std::string_view, 3> naming_actions{"person.add", "person.invite", "person.invite_owner"};

// Why the row doesn't follow the one before, or nothing.
std::string break_at(const model::LedgerRow& row, const LedgerHead& before) {
    if (row.seq != before.seq + 1) return fmt::format("row {} is missing", before.seq + 1);
    if (row.previous != before.hash) return fmt::format("row {} does not follow the row before it", row.seq);
    if (row.hash != hash_of(row)) return fmt::format("row {} was changed after it was written", row.seq);
    return {};
}

// The people as they are now, by the subject of the rows that name them.
class Named {
public:
    explicit Named(const std::vector<model::Person>& people) {
        for (const model::Person& person : people) people_.emplace(fmt::format("person {}", person.id.value), Person{&person, false});
    }
    // Why the row names somebody else than the one who is here, or nothing.
    std::string break_at(const model::LedgerRow& row) {
        if (std::ranges::find(naming_actions, row.action) == naming_actions.end()) return {};
        const auto found = people_.find(row.subject);
        if (found == people_.end()) return fmt::format("row {} names {}, who is not here any more", row.seq, row.subject);
        found->second.named = true;
        const model::Person& person = *found->second.person;
        std::string as_is = base::json_object({{"name", person.name}, {"role", std::string(model::name_of(person.role))}});
        as_is.pop_back();  // a row may say more after that
        if (row.detail == as_is + "}" || row.detail.starts_with(as_is + ",")) return {};
        return fmt::format("row {} says otherwise who {} is, who now is \"{}\", {}", row.seq, row.subject, person.name, model::name_of(person.role));
    }
    // Why somebody is here whom no row names, or nothing.
    [[nodiscard]] std::string left_over() const {
        for (const auto& [subject, person] : people_) {
            if (!person.named) return fmt::format("no row says how {}, \"{}\", came here", subject, person.person->name);
        }
        return {};
    }

private:
    struct Person {
        const model::Person* person;
        bool named;
    };
    std::map<std::string, Person> people_;
};

struct Broken {
    int64_t row;
    std::string why;
};

std::optional<Broken> end_of(const LedgerHead& last, const std::optional<LedgerHead>& kept) {
    if (!kept) return Broken{last.seq + 1, "the ledger's head is missing, so rows may have been cut off the end"};
    if (last.seq < kept->seq) return Broken{last.seq + 1, fmt::format("rows {} to {} were cut off the end", last.seq + 1, kept->seq)};
    if (last != *kept) return Broken{last.seq, fmt::format("row {} is not the one that was written last", last.seq)};
    return {};
}

}  // namespace

Result<LedgerCheck> verify_ledger(Tx& tx, const std::optional<LedgerHead>& copy) {
    TRY(const auto kept, ledger_head(tx));
    TRY(const std::vector<model::Person> people, list_people(tx));
    Named named(people);
    LedgerCheck check;
    std::optional<Broken> chain, person, other;
    TRY(each_ledger_row(tx, [&](const model::LedgerRow& row) {
        ++check.rows;
        if (chain) return;
        if (std::string why = break_at(row, check.head); !why.empty()) {
            chain = Broken{check.head.seq + 1, std::move(why)};
            return;
        }
        if (std::string why = named.break_at(row); !why.empty() && !person) person = Broken{row.seq, std::move(why)};
        if (copy && row.seq == copy->seq && row.hash != copy->hash) {
            other = Broken{row.seq, fmt::format("row {} is not the one of the copy: it, or one before it, was written anew", row.seq)};
        }
        check.head = {row.seq, row.hash};
    }));
    if (!chain) chain = end_of(check.head, kept);
    if (!other && copy && copy->seq > check.head.seq) {
        other = Broken{check.head.seq + 1, fmt::format("the copy knows row {}, and here the last one is {}", copy->seq, check.head.seq)};
    }
    if (std::string why = named.left_over(); !person && !why.empty()) person = Broken{check.head.seq + 1, std::move(why)};
    // A break of the chain explains the others: they are told when it holds.
    for (auto* broken : {&chain, &other, &person}) {
        if (!*broken || check.first_broken) continue;
        check.first_broken = (*broken)->row;
        check.why = std::move((*broken)->why);
    }
    return check;
}

}  // namespace douse::store
