// SPDX-License-Identifier: Apache-2.0
#include "inventory/import.hpp"

#include "base/digest.hpp"
#include "inventory/resolve.hpp"

#include <fmt/format.h>
#include <map>
#include <set>

namespace douse::inventory {
namespace {

std::string known_formats() {
    std::string names;
    for (const Reader& reader : readers) names += fmt::format("{}{} ({})", names.empty() ? "" : "; ", reader.name, reader.help);
    return names;
}

Result<const Reader*> reader_for(std::string_view text, const ImportRequest& request) {
    const std::string_view head = text.substr(0, head_length);
    for (const Reader& reader : readers) {
        if (!request.format.empty() && reader.name != request.format) continue;
        if (reader.recognise(head)) return &reader;
        if (!request.format.empty()) {
            return fail(ErrorCode::invalid, fmt::format("list \"{}\" is not in the format {}", request.name, reader.name), {},
                        std::string(reader.help));
        }
    }
    if (!request.format.empty()) {
        return fail(ErrorCode::invalid, fmt::format("there is no list format \"{}\"", request.format), {}, "known are: " + known_formats());
    }
    return fail(ErrorCode::invalid, fmt::format("list \"{}\" is in no format that can be read", request.name), {}, "known are: " + known_formats());
}

// Names that this list gives to several objects of the directory: they tell none of them apart.
Surroundings surroundings_of(const std::vector<model::Observation>& observations) {
    std::map<std::string, std::set<std::string>> objects_called;
    for (const model::Observation& observation : observations) {
        std::string object;
        std::vector<std::string> names;
        for (const model::Identifier& identifier : observation.identifiers) {
            if (identifier.kind == model::IdentifierKind::directory_guid) object = identifier.value;
            if (identifier.kind == model::IdentifierKind::host_name) names.push_back(identifier.value);
        }
        if (object.empty()) continue;
        for (const std::string& name : names) objects_called[name].insert(object);
    }
    Surroundings surroundings;
    for (const auto& [name, objects] : objects_called) {
        if (objects.size() > 1) surroundings.shared_names.insert(name);
    }
    return surroundings;
}

Result<void> take_in(store::Tx& tx, store::ImportRow& row, std::vector<model::Observation>& observations) {
    TRY(row.id, store::insert_import(tx, row));
    const Surroundings surroundings = surroundings_of(observations);
    std::set<model::AssetId> made;
    for (model::Observation& observation : observations) {
        observation.import = row.id;
        TRY(const Resolution resolution, resolve(tx, std::move(observation), surroundings));
        if (resolution.is_new) made.insert(resolution.asset);
        for (const model::AssetId merged : resolution.merged) made.erase(merged);
    }
    row.new_assets = static_cast<int64_t>(made.size());
    return store::finish_import(tx, row);
}

}  // namespace

Result<store::ImportRow> import_list(store::Tx& tx, std::string_view bytes, const ImportRequest& request, model::PersonId by) {
    if (bytes.size() > largest_list) {
        return fail(ErrorCode::exhausted, fmt::format("list \"{}\" has {} bytes; at most {} are read", request.name, bytes.size(), largest_list), {},
                    "export it in parts");
    }
    const ListText decoded = decode_text(bytes);
    const std::string& text = decoded.text;
    TRY(const Reader* reader, reader_for(text, request));
    const std::string source = request.source.empty() ? std::string(reader->source) : request.source;
    if (source == "sweep" || source == "inside") {
        return fail(ErrorCode::invalid, fmt::format("a list cannot be called \"{}\": that is what looks of our own are called", source));
    }
    Reading reading = reader->read(text, request.name, source);
    for (model::Observation& observation : reading.observations) {
        for (const model::Identifier& odd : unprintable(observation.identifiers)) {
            reading.remark(fmt::format("{}, line {}: {} \"{}\" has characters that can't be shown; left out", request.name, observation.row,
                                       model::name_of(odd.kind), odd.value));
        }
        observation.identifiers = usable(observation.identifiers);
    }
    if (!decoded.assumed.empty()) {  // first, because it explains what follows
        if (reading.messages.size() == most_messages) reading.messages.pop_back();
        reading.messages.insert(reading.messages.begin(), request.name + ": " + decoded.assumed);
    }

    store::ImportRow row{.source = source,
                         .format = std::string(reader->name),
                         .name = request.name,
                         .sha256 = base::sha256_hex(bytes),
                         .rows = reading.rows,
                         .accepted = static_cast<int64_t>(reading.observations.size()),
                         .refused = reading.refused,
                         .at = tx.now(),
                         .messages = std::move(reading.messages),
                         .by = by};
    if (request.dry_run) {
        TRY(tx.try_out([&] { return take_in(tx, row, reading.observations); }));
        row.id = {};
        return row;
    }
    TRY(take_in(tx, row, reading.observations));
    return row;
}

}  // namespace douse::inventory
