// SPDX-License-Identifier: Apache-2.0
// A playbook as it was read: one outbreak's checks, plan, proof, isolation and instructions, as plain data.
//
// What parse.hpp hands out is whole and linted: every name that is used exists, every regular expression compiles, every
// default is filled in. `sha256` is the hash of the canonical form; it is what people sign and what an approval names.
#pragma once

#include "base/clock.hpp"
#include "model/disposition.hpp"
#include "model/evidence.hpp"
#include "model/look.hpp"
#include "playbook/regex.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace douse::playbook {

using Value = std::variant<std::string, int64_t, bool>;

// ---- whom it concerns

// All that is given must hold; an empty list gives nothing.
struct Platform {
    std::string id;
    std::string os;
    std::vector<std::string> distro;
    std::vector<std::string> release;
    std::vector<std::string> arch;  // x86 x64 arm64 ia64
};

struct Affects {
    std::vector<std::string> in;
    std::vector<std::string> out;
    bool rest_not_affected = false;
};

// ---- rules: `when` is any of these sets, of which every line must hold

struct IsPresent {
    bool operator==(const IsPresent&) const = default;
};
struct IsAbsent {
    bool operator==(const IsAbsent&) const = default;
};
struct Is {
    Value value;
    bool operator==(const Is&) const = default;
};
struct OneOf {
    std::vector<Value> values;
    bool operator==(const OneOf&) const = default;
};
struct Matches {
    Regex pattern;
    bool operator==(const Matches&) const = default;
};
struct Contains {
    std::string text;
    bool operator==(const Contains&) const = default;
};
struct InRange {  // whole numbers, both ends included
    std::optional<int64_t> min, max;
    bool operator==(const InRange&) const = default;
};
// One version for all, or a table platform -> version; a platform that is not in the table gives unknown.
struct Threshold {
    std::string version;
    std::map<std::string, std::string> table;
    bool operator==(const Threshold&) const = default;
};
struct InVersions {  // at_least includes its end, below does not
    std::optional<Threshold> at_least, below;
    bool operator==(const InVersions&) const = default;
};
using Test = std::variant<IsPresent, IsAbsent, Is, OneOf, Matches, Contains, InRange, InVersions>;

struct Line {
    std::string fact;
    Test test;
    bool operator==(const Line&) const = default;
};
using Lines = std::vector<Line>;

struct Rule {
    model::Verdict verdict = model::Verdict::unknown;
    bool mitigated = false;
    std::vector<Lines> when;
    std::string why;
};

// ---- the conversation of an outside check

enum class FieldType { u8, u16le, u16be, u24be, u32le, u32be, ascii, hex };
[[nodiscard]] size_t width_of(FieldType type);  // bytes of a number, 0 for ascii and hex

struct Field {
    std::string name;
    std::optional<size_t> at;  // offset in the frame; none: straight after the field before
    FieldType type = FieldType::u8;
    size_t size = 0;            // of ascii and hex
    std::string size_from;      // or the earlier field that holds it
    std::optional<Value> must;  // another value: not this protocol
};

struct Send {
    std::string bytes;
    std::string is;  // what this message is, in the protocol's own words
};

struct Expect {
    enum class Frame { line, bytes, length_prefixed, until };
    Frame frame = Frame::line;
    std::optional<Regex> line;              // line
    size_t bytes = 0;                       // bytes
    FieldType length_type = FieldType::u8;  // length_prefixed: the number at `length_at`, then so many bytes and `length_adds` more
    size_t length_at = 0;
    int length_adds = 0;
    std::string mark;              // until
    std::optional<Regex> match;    // on the frame
    std::vector<Field> fields;     // on the frame
    std::optional<Millis> within;  // none: what is left of the check's timeout
};

struct Talk {
    std::vector<std::variant<Send, Expect>> steps;  // at most 8
    size_t max_bytes = 4096;                        // received, in all
    Millis timeout{};                               // the check's, for the whole conversation and the connect before it
};

// ---- checks

enum class VersionScheme { deb };

struct Example {
    std::optional<std::string> received;  // outside: what the machine sends, as bytes
    std::string port;                     // "", "open", "closed", "filtered", "silent"
    std::string platform;                 // "": unknown
    model::Facts facts;
    model::Verdict gives = model::Verdict::unknown;
    int line = 0, col = 0;
};

struct Check {
    std::string id;
    std::string title;
    model::Origin ask = model::Origin::inside;  // outside or inside
    model::Axis axis = model::Axis::vulnerability;
    std::vector<std::string> platforms;  // `for`, or all of affects.in
    bool narrowed = false;               // `for` was given
    bool hint = false;                   // shown, never a verdict
    std::vector<std::string> over;       // checks that this one outranks
    Millis valid{};
    Millis timeout{};
    std::vector<model::Look> looks;           // inside
    std::vector<uint16_t> ports;              // outside, TCP: in this order, the first that answers
    Talk talk;                                // outside
    std::map<std::string, VersionScheme> as;  // how a captured or looked-up version is compared, by fact
    std::vector<Rule> rules;
    std::vector<Example> examples;
    std::map<std::string, std::string> by_hand;  // look -> how a technician finds its answer
    std::string hash;                            // of the check without examples and note; evidence carries it

    // On a machine of unknown platform ("") every check applies.
    [[nodiscard]] bool applies_to(std::string_view platform) const;
};

// ---- files, plan, proof

struct File {
    std::string id;
    std::string name;
    std::string sha256;  // "" while it is fill-in
    std::optional<int64_t> size;
    std::vector<std::string> platforms;
    std::string from;
};

struct Remove {                // exactly one is given
    std::optional<Regex> job;  // must fit exactly one job
    std::string file;          // absolute path
};
struct Stop {
    std::string process, path;
};
struct Install {
    std::string package, version, file;
};  // file: id of File
struct Restart {
    std::string service;
};
using Action = std::variant<Remove, Stop, Install, Restart>;
[[nodiscard]] std::string sentence_of(const Action& action);  // "remove the file /x", for plans and journals

enum class Does { prepare, clean, patch, mitigate };
enum class Outcome { done, done_reboot, rebooting, already, retry, not_for_this };
enum class RetryClass { safe, ask, never };
enum class RebootWhen { if_asked, always };
[[nodiscard]] std::string_view name_of(Does does);
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::string_view name_of(RetryClass retry);

struct Needs {
    int64_t disk = 0;  // bytes free
};
struct Retry {
    RetryClass when = RetryClass::never;
    int limit = 0;  // further runs after the first
    Millis wait{};
};
struct Reboot {
    RebootWhen when = RebootWhen::if_asked;
    Millis warn{};
    Millis timeout{};
};

struct Step {
    std::string id;
    std::string title;
    Does does = Does::prepare;
    std::vector<std::string> platforms;  // `for`, or all of affects.in
    Needs needs;
    std::vector<std::pair<std::string, model::Verdict>> skip_if;  // inside check -> verdict; all must hold
    std::vector<Action> actions;                                  // `do`: in order, stopping at the first that fails
    std::map<int64_t, Outcome> exit;                              // empty: 0 is done; a code that is not listed is failed
    Millis timeout{};
    Retry retry;
    std::optional<Reboot> reboot;
    std::string hash;  // of the step without note

    [[nodiscard]] bool applies_to(std::string_view platform) const;  // never to an unknown platform
};

struct Verify {
    Millis after{};
    Millis within{};
    std::vector<std::string> inside;
    std::vector<std::string> outside;
    std::vector<Millis> again;  // further looks, each so long after the one before
};

// ---- kept for showing; this version carries neither out

struct Isolation {
    struct Allowed {
        std::string to, port, why;
    };
    std::string who, start;
    std::optional<Millis> after;
    std::vector<std::string> keep_open;
    std::vector<Allowed> allow;
    std::optional<int64_t> closed_machines;  // none: one_crew_day
    int open_percent = 0;
    Millis confirm_within{};
    Millis review_after{};
    std::vector<std::string> never;
    std::vector<std::string> ends_when;
    std::string note;
};

[[nodiscard]] std::vector<std::string> sentences_of(const Isolation& isolation);  // empty without isolation

struct Page {
    std::string language;
    std::string title;
    std::vector<std::string> bring, steps, never, report;
    std::string hash;  // what people acknowledge
};
// Role -> pages, in the file's order; a missing language falls back to the first.
using Instructions = std::map<std::string, std::vector<Page>>;

// ----

struct Reference {
    std::string id, title, url, seen;
};

struct Playbook {
    std::string id;
    int64_t version = 0;
    std::string name;
    std::string summary;
    std::string kind;   // worm vulnerability malware fault drill
    std::string state;  // draft
    std::vector<std::string> ids;
    std::vector<std::pair<int64_t, std::string>> changes;
    std::vector<Reference> references;
    std::vector<std::string> cannot_know;
    Millis deadline{};
    Millis deadline_mitigated{};
    Millis evidence_valid{};
    std::vector<Platform> platforms;  // the first that fits wins
    Affects affects;
    std::vector<Check> checks;
    std::vector<File> files;
    std::vector<Step> plan;
    Verify verify;
    Isolation isolation;
    Instructions instructions;
    std::string canonical;  // RFC 8785
    std::string sha256;     // of `canonical`

    [[nodiscard]] const Check* check(std::string_view check_id) const;
    [[nodiscard]] const File* file(std::string_view file_id) const;
    [[nodiscard]] const Step* step(std::string_view step_id) const;
    [[nodiscard]] bool has_infection_check() const;  // one that can give a verdict
};

}  // namespace douse::playbook
