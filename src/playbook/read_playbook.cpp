// SPDX-License-Identifier: Apache-2.0
#include "playbook/read.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace douse::playbook {
namespace {

Platform read_platform(const Member& member, Report& report) {
    Fields f(report, member.value, "platform " + member.key);
    Platform platform{.id = member.key};
    platform.os = f.word("os", {"windows", "linux", "macos", "freebsd", "other"}, Need::required);
    platform.distro = f.names("distro", Need::optional);
    if (const Node* releases = f.list("release", Need::optional)) {
        for (const Node& item : releases->items) {
            if (auto version = version_of(report, item, f.where(), "release")) platform.release.push_back(*std::move(version));
        }
    }
    platform.arch = f.words("arch", {"x86", "x64", "arm64", "ia64"}, Need::optional);
    for (const std::string_view key : {"version", "build", "service_pack", "role", "language"})
        f.not_yet(key, "Tell platforms apart by os, distro, release and arch.");
    f.ignore("ref");
    f.close();
    if (!is_name(member.key))
        f.error(member.place, fmt::format("\"{}\" is not a name", member.key),
                "A name is lower-case letters, digits, - and _, and begins with a letter.", "name");
    return platform;
}

Affects read_affects(const Node& node, Report& report) {
    Fields f(report, node, "affects");
    Affects affects;
    affects.in = f.names("in", Need::required);
    if (const Node* out = node.find("out"); out && out->is_list() && out->items.empty())
        f.ignore("out");
    else
        affects.out = f.names("out", Need::optional);
    affects.rest_not_affected = f.word("rest", {"unknown", "not_affected"}, Need::optional, "unknown") == "not_affected";
    f.ignore("ref");
    f.close();
    return affects;
}

File read_file(const Member& member, const std::vector<std::string>& affected, Report& report) {
    Fields f(report, member.value, "file " + member.key);
    File file{.id = member.key};
    file.name = f.text("name", line_limit, Need::required);
    static const RE2 file_names("[A-Za-z0-9][A-Za-z0-9._-]{0,119}");
    if (const Node* name = member.value.find("name"); name && !file.name.empty() && !RE2::FullMatch(file.name, file_names)) {
        f.wrong(*name, "name", "a file's name", "Letters, digits, . _ and -, no folders.", "file-name");
    }
    if (const Node* hash = f.get("sha256", Need::required, "Write 64 hex digits, or fill-in: signing computes it.")) {
        if (hash->kind == Node::Kind::text && is_sha256(hash->text))
            file.sha256 = hash->text;
        else if (hash->kind != Node::Kind::text || hash->text != "fill-in")
            f.wrong(*hash, "sha256", "64 lower-case hex digits or fill-in", "Write fill-in: signing computes it.", "sha256");
    }
    file.size = f.size("size", Need::optional);
    file.platforms = f.names("for", Need::optional);
    if (file.platforms.empty()) file.platforms = affected;
    file.from = f.text("from", line_limit, Need::required, "Write where a person gets it; Douse never downloads.");
    f.ignore("ref");
    f.close();
    if (!is_name(member.key))
        f.error(member.place, fmt::format("\"{}\" is not a name", member.key),
                "A name is lower-case letters, digits, - and _, and begins with a letter.", "name");
    return file;
}

Verify read_verify(const Node& node, Report& report) {
    Fields f(report, node, "verify");
    Verify verify;
    verify.after = f.duration("after", Need::optional).value_or(Millis{});
    verify.within = f.duration("within", Need::required).value_or(Millis{});
    verify.inside = f.names("inside", Need::required);
    verify.outside = f.names("outside", Need::optional);
    if (const Node* again = f.list("again", Need::optional)) {
        for (const Node& item : again->items) {
            if (const auto span = duration_of(report, item, "verify", "again")) verify.again.push_back(*span);
        }
    }
    f.close();
    return verify;
}

void read_head(Fields& f, Playbook& book) {
    if (const Node* format = f.get("douse", Need::required, "Write douse: 1, the format's version.");
        format && (format->kind != Node::Kind::integer || format->number != 1)) {
        f.wrong(*format, "douse", "1", "This program reads format 1.", "format-version");
    }
    book.id = f.name("id", Need::required);
    book.version = f.integer("version", 1, 1'000'000, Need::required).value_or(0);
    book.name = f.text("name", line_limit, Need::required);
    book.summary = f.text("summary", text_limit, Need::required);
    book.kind = f.word("kind", {"worm", "vulnerability", "malware", "fault", "drill"}, Need::required);
    book.state = f.word("state", {"draft", "tested"}, Need::optional, "draft");
    if (book.state == "tested") {
        const Node& state = *f.node().find("state");
        if (!f.node().find("trials"))
            f.error(state.place, "state says tested and there are no trials", "Tested is earned by a trial on each platform; write state: draft.",
                    "tested-without-trials");
        else
            f.error(state.place, "state tested is not supported in this version",
                    "It cannot hold a trial against the ledger yet; write state: draft.", "unsupported");
    }
    f.not_yet("trials", "Trials are not made by this version yet; take them out.");
    if (const Node* ids = f.get("ids", Need::optional)) {
        static const RE2 id_words("[A-Z][A-Z0-9]*-?[0-9A-Z-]+");
        if (!ids->is_list()) f.wrong(*ids, "ids", "a list", "Write ids: [CVE-2005-1983].", "list");
        for (const Node& item : ids->items) {
            if (item.kind != Node::Kind::text || !RE2::FullMatch(item.text, id_words))
                f.wrong(item, "ids", "a CVE or bulletin number", "Write it in capitals, e.g. CVE-2005-1983.", "id");
            else
                book.ids.push_back(item.text);
        }
    }
    if (const Node* changes = f.list("changes", Need::required, "Write what changed, a sentence a version.")) {
        for (const Node& item : changes->items) {
            Fields change(f.report(), item, "changes");
            const int64_t version = change.integer("version", 1, 1'000'000, Need::required).value_or(0);
            book.changes.emplace_back(version, change.text("what", line_limit, Need::required));
            change.close();
        }
    }
    if (const Node* references = f.map("references", Need::required, "Write where the facts come from.")) {
        static const RE2 days("20[0-9]{2}-[0-9]{2}-[0-9]{2}");
        for (const Member& m : references->members) {
            Fields one(f.report(), m.value, "reference " + m.key);
            Reference reference{.id = m.key,
                                .title = one.text("title", line_limit, Need::required),
                                .url = one.text("url", path_limit, Need::optional),
                                .seen = one.text("seen", line_limit, Need::optional)};
            one.close();
            if (!is_name(m.key) || m.key == "unverified")
                one.error(m.place, fmt::format("\"{}\" can't be a reference's name", m.key),
                          "Choose a name of lower-case letters; unverified is reserved.", "name");
            if (!reference.url.empty() && !reference.url.starts_with("http://") && !reference.url.starts_with("https://")) {
                one.wrong(*m.value.find("url"), "url", "an address that begins with http", "Write it whole.", "url");
            }
            if (!reference.seen.empty() && !RE2::FullMatch(reference.seen, days))
                one.wrong(*m.value.find("seen"), "seen", "a day in quotes", "Write \"2026-11-24\".", "day");
            book.references.push_back(std::move(reference));
        }
    }
    book.cannot_know = f.texts("cannot_know", 50, text_limit, Need::required);
    book.deadline = f.duration("deadline", Need::required, "Write the default due time, e.g. deadline: 24h.").value_or(Millis{});
    book.deadline_mitigated = f.duration("deadline_mitigated", Need::optional).value_or(book.deadline);
    if (const Node* evidence = f.map("evidence", Need::required, "Write how long an answer counts: evidence: {valid: 24h}.")) {
        Fields e(f.report(), *evidence, "evidence");
        book.evidence_valid = e.duration("valid", Need::required).value_or(Millis{});
        e.close();
    }
}

}  // namespace

Draft read_playbook(const Node& root, Report& report) {
    Draft draft;
    Playbook& book = draft.book;
    Fields f(report, root, "");
    if (!f.is_map()) return draft;
    const auto watched = [&](const std::string& part, auto read) {
        const size_t before = report.errors();
        read();
        if (report.errors() != before) draft.broken.insert(part);
    };

    watched("head", [&] { read_head(f, book); });
    if (const Node* platforms = f.map("platforms", Need::required)) {
        watched("platforms", [&] {
            for (const Member& m : platforms->members) book.platforms.push_back(read_platform(m, report));
        });
    }
    if (const Node* affects = f.map("affects", Need::required)) watched("affects", [&] { book.affects = read_affects(*affects, report); });
    if (const Node* checks = f.map("checks", Need::required)) {
        for (const Member& m : checks->members) {
            watched("check " + m.key, [&] { book.checks.push_back(read_check(m, book.affects.in, book.evidence_valid, report)); });
        }
    }
    if (const Node* files = f.map("files", Need::optional)) {
        watched("files", [&] {
            for (const Member& m : files->members) book.files.push_back(read_file(m, book.affects.in, report));
        });
    }
    if (const Node* plan = f.get("plan", Need::required, "Write the steps, or plan: [] if there are none.")) {
        if (!plan->is_list()) f.wrong(*plan, "plan", "a list of steps", "Write one step a dash.", "list");
        for (const Node& item : plan->items) {
            const Node* id = item.find("step");
            watched("step " + (id ? id->text : ""), [&] { book.plan.push_back(read_step(item, book.affects.in, report)); });
        }
    }
    if (const Node* verify = f.map("verify", Need::required, "A patch or clean step proves nothing by itself; write which checks prove it.")) {
        watched("verify", [&] { book.verify = read_verify(*verify, report); });
    } else {
        draft.broken.insert("verify");
    }
    if (const Node* isolation = f.map("isolation", Need::required))
        watched("isolation", [&] { book.isolation = read_isolation(*isolation, report); });
    if (const Node* instructions = f.map("instructions", Need::required, "A technician needs to be told something.")) {
        watched("instructions", [&] { book.instructions = read_instructions(*instructions, report); });
    }
    f.close();

    book.canonical = canonical_json(root);
    book.sha256 = base::sha256_hex(book.canonical);
    return draft;
}

Place place_in(const Node& root, std::initializer_list<std::string_view> path) {
    const Node* node = &root;
    Place place = root.place;
    for (const std::string_view part : path) {
        const Node* next = nullptr;
        if (node->is_map()) {
            for (const Member& m : node->members) {
                if (m.key != part) continue;
                next = &m.value;
                place = m.place;
            }
        } else if (node->is_list()) {
            const size_t number = static_cast<size_t>(std::atol(std::string(part).c_str()));  // counted from 1
            if (number >= 1 && number <= node->items.size()) {
                next = &node->items[number - 1];
                place = next->place;
            }
        }
        if (!next) break;
        node = next;
    }
    return place;
}

}  // namespace douse::playbook
