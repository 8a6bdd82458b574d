// SPDX-License-Identifier: Apache-2.0
#include "playbook/sign.hpp"

#include "playbook/shape.hpp"
#include "playbook/tree.hpp"

#include <fmt/format.h>

namespace douse::playbook {

Result<std::string> fill_in_files(std::string_view yaml, const std::map<std::string, std::string>& hashes) {
    Report report("playbook");
    const auto root = read_tree(yaml, report);
    if (!root) return fail(ErrorCode::invalid, report.in_file_order().front().text());
    const Node* files = root->find("files");
    constexpr std::string_view open = "fill-in";
    std::map<size_t, std::string> at;  // offset of `fill-in` -> hash
    for (const auto& [id, hash] : hashes) {
        const Node* file = files ? files->find(id) : nullptr;
        const Node* stands = file ? file->find("sha256") : nullptr;
        if (!stands) return fail(ErrorCode::not_found, fmt::format("the playbook has no file \"{}\"", id));
        if (!is_sha256(hash)) return fail(ErrorCode::invalid, fmt::format("the hash of file \"{}\" is no SHA-256", id), hash);
        if (stands->text == hash) continue;
        const size_t offset = yaml.find(open, stands->offset);  // behind a quote, if there is one
        if (stands->text != open || offset == std::string_view::npos || offset > stands->offset + 1) {
            return fail(ErrorCode::conflict, fmt::format("file \"{}\" has another hash than the playbook says", id),
                        fmt::format("playbook {}, file {}", stands->text, hash));
        }
        at.emplace(offset, hash);
    }
    std::string out;
    size_t done = 0;
    for (const auto& [offset, hash] : at) {
        out += yaml.substr(done, offset - done);
        out += hash;
        done = offset + open.size();
    }
    out += yaml.substr(done);

    // What is handed out is what was meant, or nothing: read it again.
    Report again("playbook");
    const auto filled = read_tree(out, again);
    for (const auto& [id, hash] : hashes) {
        if (!filled || filled->find("files")->find(id)->find("sha256")->text != hash)
            return fail(ErrorCode::internal, fmt::format("could not write the hash of file \"{}\"", id));
    }
    return out;
}

}  // namespace douse::playbook
