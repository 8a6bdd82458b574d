// SPDX-License-Identifier: Apache-2.0
#include "playbook/tree.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>
#include <libfyaml.h>
#include <re2/re2.h>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <unordered_set>

namespace douse::playbook {
namespace {

struct Free {
    void operator()(fy_parser* p) const { fy_parser_destroy(p); }
    void operator()(fy_diag* d) const { fy_diag_destroy(d); }
};

// ---- the text before YAML is read

bool characters_are_fine(std::string_view text, Report& report) {
    if (text.size() > yaml_limit) {
        report.error({}, "", fmt::format("the file has {} bytes; a playbook has at most 1 MiB", text.size()), "Move what is not a fact elsewhere.",
                     "too-large");
        return false;
    }
    Place place;
    for (size_t i = 0; i < text.size();) {
        const size_t length = base::utf8_length(text.substr(i));
        const auto c = static_cast<unsigned char>(text[i]);
        if (length == 0) {
            report.error(place, "", "this is not UTF-8", "Save the file as UTF-8.", "not-utf8");
            return false;
        }
        if (c == '\t') {
            report.error(place, "", "there is a tab", "Write spaces, or \\t between double quotes.", "tab");
            return false;
        }
        const bool line_end = c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
        if ((c < 0x20 && !line_end) || c == 0x7F || text.substr(i).starts_with("\xEF\xBB\xBF")) {
            report.error(place, "", fmt::format("there is a control character (0x{:02x})", c),
                         "Take it out, or write it as \\xHH between double quotes.", "control-character");
            return false;
        }
        i += length;
        if (c == '\n')
            place = {place.line + 1, 1};
        else
            ++place.col;
    }
    return true;
}

// ---- what an unquoted word is

const RE2& doubtful_words() {  // YAML 1.1 and its offspring read these as booleans, nothing, octal, base 60 or dates
    static const RE2 words(
        "(?i)y|n|yes|no|on|off|null|~||[-+]?0[0-9_]+|0x[0-9a-f]+|0o[0-7]+|0b[01_]+|[-+]?[0-9][0-9]*_[0-9_]*|[-+]?[0-9]+(:[0-5]?[0-9])+|"
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?\\.(inf|nan)|<<|=");
    return words;
}

const RE2& decimals() {
    static const RE2 numbers("[-+]?([0-9]+\\.[0-9]*|\\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?");
    return numbers;
}

constexpr int64_t integer_limit = int64_t{1} << 53;  // beyond it RFC 8785 and other readers lose digits

// ---- events to tree

class Builder {
public:
    explicit Builder(Report& report) : report_(report) {}

    // False: stop, the report says why.
    bool take(fy_event& event);
    [[nodiscard]] std::optional<Node> finish() { return ended_ ? std::move(root_) : std::nullopt; }

private:
    bool refuse(Place place, std::string what, std::string cure, std::string_view code) {
        report_.error(place, "", std::move(what), std::move(cure), code);
        return false;
    }
    bool refuse_at(bool placed, Place place, std::string what, std::string cure, std::string_view code) {
        if (placed) return refuse(place, std::move(what), std::move(cure), code);
        unplaced_ = Unplaced{.what = std::move(what), .cure = std::move(cure), .code = code};
        return true;
    }
    bool open(Node::Kind kind, Place place);
    bool close();
    bool scalar(fy_event& event, Place place);
    bool add(Node node);
    std::optional<Node> plain(std::string text, Place place);

    struct Level {
        Node node;
        std::unordered_set<std::string> keys;  // of a map, so far
        std::optional<Member> waiting;         // a map's key whose value comes next
    };
    // What has no text of its own is refused where the next thing stands.
    struct Unplaced {
        std::string what, cure;
        std::string_view code;
    };
    Report& report_;
    std::optional<Unplaced> unplaced_;
    Place last_;
    std::vector<Level> levels_;
    std::optional<Node> root_;
    bool ended_ = false;
    int documents_ = 0;
};

// Where the event's own text begins; null if it has none. An empty unquoted word has none: libfyaml before 0.8 gives
// it no mark, 0.8 that of the text before it.
const fy_mark* mark_of(fy_event& event) {
    if (event.type == FYET_SCALAR) {
        fy_token* token = fy_event_get_token(&event);
        size_t length = 0;
        if (!token) return nullptr;
        if (fy_scalar_token_get_style(token) == FYSS_PLAIN && (!fy_token_get_text(token, &length) || length == 0)) return nullptr;
    }
    return fy_event_start_mark(&event);
}

bool Builder::take(fy_event& event) {
    const fy_mark* mark = mark_of(event);
    const bool placed = mark != nullptr;
    const Place place = placed ? Place{mark->line + 1, mark->column + 1} : last_;
    if (placed) last_ = place;
    if (unplaced_ && (placed || event.type == FYET_STREAM_END)) {
        return refuse(place, std::move(unplaced_->what), std::move(unplaced_->cure), unplaced_->code);
    }
    const bool starts_node = event.type == FYET_SCALAR || event.type == FYET_MAPPING_START || event.type == FYET_SEQUENCE_START;
    if (starts_node && fy_event_get_anchor_token(&event)) {
        return refuse(place, "there is an anchor (&)", "Write the value out where it is needed.", "anchor");
    }
    if (starts_node && fy_event_get_tag_token(&event)) {
        return refuse(place, "there is a tag (!)", "Write the value without it.", "tag");
    }
    switch (event.type) {
        case FYET_DOCUMENT_START:
            if (++documents_ > 1)
                return refuse_at(placed, place, "a second document begins here",
                                 "A playbook is one document; take the mark before it (--- or ...) out.", "documents");
            return true;
        case FYET_ALIAS: return refuse(place, "there is an alias (*)", "Write the value out.", "anchor");
        case FYET_MAPPING_START: return open(Node::Kind::map, place);
        case FYET_SEQUENCE_START: return open(Node::Kind::list, place);
        case FYET_MAPPING_END:
        case FYET_SEQUENCE_END: return close();
        case FYET_SCALAR: return scalar(event, place);
        case FYET_STREAM_END: ended_ = true; return true;
        default: return true;
    }
}

bool Builder::open(Node::Kind kind, Place place) {
    if (!levels_.empty() && levels_.back().node.is_map() && !levels_.back().waiting) {
        return refuse(place, "a key is a list or a map", "Keys are words.", "key");
    }
    if (levels_.size() >= static_cast<size_t>(depth_limit)) {
        return refuse(place, fmt::format("this is more than {} levels deep", depth_limit), "Flatten it.", "depth");
    }
    levels_.push_back({.node = {.kind = kind, .place = place}, .waiting = {}});
    return true;
}

bool Builder::close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    return add(std::move(node));
}

bool Builder::scalar(fy_event& event, Place place) {
    fy_token* token = fy_event_get_token(&event);
    size_t length = 0;
    const char* chars = token ? fy_token_get_text(token, &length) : nullptr;
    std::string text = chars ? std::string(chars, length) : std::string();
    const bool is_plain = !token || fy_scalar_token_get_style(token) == FYSS_PLAIN;
    const fy_mark* mark = mark_of(event);

    if (!levels_.empty() && levels_.back().node.is_map() && !levels_.back().waiting) {
        Node& map = levels_.back().node;
        if (is_plain && text == "<<") return refuse(place, "there is a merge key (<<)", "Write the keys out.", "merge-key");
        for (const char c : text) {
            if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) {
                return refuse(place, "a key has other characters than ASCII", "Keys are words of a to z, digits, - and _.", "key");
            }
        }
        if (text.empty() && !refuse_at(mark != nullptr, place, "a key is empty", "Write the key before the colon.", "empty-key")) return false;
        if (map.members.size() == entries_limit)
            return refuse(place, fmt::format("this map has more than {} keys", entries_limit), "Make several playbooks, or take some out.",
                          "too-many");
        if (!levels_.back().keys.insert(text).second)
            return refuse(place, fmt::format("\"{}\" stands here twice", text), "Keep one of them.", "duplicate-key");
        if (map.members.empty()) map.place = place;
        levels_.back().waiting = Member{.key = std::move(text), .place = place, .value = {}};
        return true;
    }
    std::optional<Node> node = is_plain ? plain(std::move(text), place) : Node{.kind = Node::Kind::text, .text = std::move(text), .place = place};
    if (!node) return false;
    node->offset = mark ? mark->input_pos : 0;
    return add(*std::move(node));
}

std::optional<Node> Builder::plain(std::string text, Place place) {
    Node node{.kind = Node::Kind::text, .text = std::move(text), .place = place};
    if (node.text.empty() && !levels_.empty() && levels_.back().waiting) {
        refuse(levels_.back().waiting->place, fmt::format("\"{}\" has no value", levels_.back().waiting->key), "Write one, or take the key out.",
               "no-value");
        return std::nullopt;
    }
    if (node.text == "true" || node.text == "false") {
        node.kind = Node::Kind::boolean;
        node.truth = node.text == "true";
    } else if (RE2::FullMatch(node.text, doubtful_words())) {
        refuse(place, fmt::format("other readers of YAML take {} without quotes for something else", node.text.empty() ? "nothing" : node.text),
               fmt::format("Write \"{}\".", node.text), "doubtful-word");
        return std::nullopt;
    } else if (RE2::FullMatch(node.text, decimals())) {
        const char* first = node.text.data() + (node.text.starts_with('+') ? 1 : 0);
        const char* end = node.text.data() + node.text.size();
        const auto [rest, error] = std::from_chars(first, end, node.number);
        node.kind = error == std::errc{} && rest == end ? Node::Kind::integer : Node::Kind::decimal;
        if (error == std::errc::result_out_of_range || std::abs(node.number) >= integer_limit) {
            refuse(place, fmt::format("the number {} is too large", node.text), "Whole numbers stay under 2^53; write it in quotes if it is a name.",
                   "number");
            return std::nullopt;
        }
    }
    return node;
}

bool Builder::add(Node node) {
    if (levels_.empty()) {
        root_ = std::move(node);
    } else if (levels_.back().node.is_list()) {
        if (levels_.back().node.items.size() == entries_limit)
            return refuse(node.place, fmt::format("this list has more than {} entries", entries_limit), "Take some out.", "too-many");
        levels_.back().node.items.push_back(std::move(node));
    } else {
        levels_.back().waiting->value = std::move(node);
        levels_.back().node.members.push_back(*std::move(levels_.back().waiting));
        levels_.back().waiting.reset();
    }
    return true;
}

void report_yaml_errors(fy_diag& diag, Report& report) {
    void* cursor = nullptr;
    bool any = false;
    while (const fy_diag_error* e = fy_diag_errors_iterate(&diag, &cursor)) {
        if (e->type != FYET_ERROR) continue;
        any = true;
        report.error({std::max(e->line, 1), std::max(e->column, 1)}, "", e->msg ? e->msg : "this is not YAML",
                     "Check the indentation and the quotes.", "yaml");
    }
    if (!any) report.error({}, "", "this is not YAML", "Check the indentation and the quotes.", "yaml");
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (const Member& m : members) {
        if (m.key == key) return &m.value;
    }
    return nullptr;
}

std::optional<Node> read_tree(std::string_view text, Report& report) {
    if (!characters_are_fine(text, report)) return std::nullopt;
    for (size_t start = 0; start < text.size();) {  // a directive could change what everything below means
        const size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view line = text.substr(start, end - start);
        if (line.starts_with('%')) {
            report.error({}, "", "there is a directive (%)", "Take it out.", "directive");
            return std::nullopt;
        }
        if (!line.empty() && !line.starts_with('#')) break;
        start = end + 1;
    }

    fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = nullptr;
    const std::unique_ptr<fy_diag, Free> diag(fy_diag_create(&diag_cfg));
    fy_diag_set_collect_errors(diag.get(), true);
    fy_parse_cfg cfg{};
    cfg.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2);
    cfg.diag = diag.get();
    const std::unique_ptr<fy_parser, Free> parser(fy_parser_create(&cfg));
    if (!parser || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) {
        report_yaml_errors(*diag, report);
        return std::nullopt;
    }
    Builder builder(report);
    while (fy_event* event = fy_parser_parse(parser.get())) {
        const bool go_on = builder.take(*event);
        fy_parser_event_free(parser.get(), event);
        if (!go_on) return std::nullopt;
    }
    std::optional<Node> root = builder.finish();
    if (!root) {
        if (fy_diag_got_error(diag.get()) || text.find_first_not_of(" \r\n") != std::string_view::npos)
            report_yaml_errors(*diag, report);
        else
            report.error({}, "", "the file is empty", "Start from a playbook that is like it.", "yaml");
    }
    return root;
}

}  // namespace douse::playbook
