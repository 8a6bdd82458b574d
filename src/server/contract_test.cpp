// SPDX-License-Identifier: Apache-2.0
// The table of operations against api/openapi.yaml, both ways, and role by operation through the real door.
#include "server/house_for_tests.hpp"
#include "server/operations.hpp"
#include "store/ledger_rows.hpp"

#include <libfyaml.h>
#include <algorithm>
#include <map>
#include <set>

namespace douse::server {
namespace {

// What one operation of the document says.
struct Described {
    std::string method, path, right, ledger, query;
    int status = 0;
    bool keyed = false;
    Takes takes = Takes::nothing;
};

class Document {
public:
    Document() : document_(fy_document_build_from_file(nullptr, DOUSE_SOURCE_DIR "/api/openapi.yaml"), fy_document_destroy) {}

    std::map<std::string, Described> operations() {
        std::map<std::string, Described> out;
        fy_node* paths = at(root(), "paths");
        void* path_step = nullptr;
        while (fy_node_pair* path = fy_node_mapping_iterate(paths, &path_step)) {
            fy_node* item = fy_node_pair_value(path);
            for (const char* method : {"get", "post", "put", "delete", "patch"}) {
                fy_node* operation = at(item, method);
                if (operation == nullptr) continue;
                std::string upper = method;
                std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
                Described d{.method = upper,
                            .path = text(fy_node_pair_key(path)),
                            .right = text(at(operation, "x-right")),
                            .ledger = text(at(operation, "x-ledger"))};
                for (fy_node* owner : {item, operation}) read_parameters(at(owner, "parameters"), d);
                d.takes = takes(at(operation, "requestBody"));
                void* step = nullptr;
                while (fy_node_pair* response = fy_node_mapping_iterate(at(operation, "responses"), &step)) {
                    const std::string status = text(fy_node_pair_key(response));
                    if (status != "default") d.status = std::stoi(status);
                }
                EXPECT_TRUE(out.emplace(text(at(operation, "operationId")), d).second);
            }
        }
        return out;
    }

private:
    fy_node* root() { return fy_document_root(document_.get()); }
    static fy_node* at(fy_node* node, const char* key) {
        return node == nullptr ? nullptr : fy_node_mapping_lookup_by_string(node, key, std::strlen(key));
    }
    static std::string text(fy_node* node) {
        size_t size = 0;
        const char* value = node == nullptr ? nullptr : fy_node_get_scalar(node, &size);
        return value == nullptr ? std::string{} : std::string(value, size);
    }
    fy_node* resolve(fy_node* node) {
        const std::string ref = text(at(node, "$ref"));
        if (ref.empty()) return node;
        fy_node* found = root();
        std::stringstream parts(ref.substr(2));
        for (std::string part; std::getline(parts, part, '/');) found = at(found, part.c_str());
        return found;
    }
    void read_parameters(fy_node* list, Described& d) {
        void* step = nullptr;
        while (fy_node* item = list == nullptr ? nullptr : fy_node_sequence_iterate(list, &step)) {
            fy_node* parameter = resolve(item);
            if (text(at(parameter, "in")) == "query") d.query += (d.query.empty() ? "" : " ") + text(at(parameter, "name"));
            if (text(at(parameter, "name")) == "Idempotency-Key") d.keyed = true;
        }
    }
    Takes takes(fy_node* body) {
        fy_node* content = at(resolve(body), "content");
        if (content == nullptr) return Takes::nothing;
        return at(content, "application/json") != nullptr ? Takes::json : Takes::octets;
    }

    std::unique_ptr<fy_document, void (*)(fy_document*)> document_;
};

TEST(Contract, TheTableAndTheDescriptionAgreeBothWays) {
    const std::map<std::string, Described> described = Document().operations();
    std::set<std::string> done;
    for (const Operation& operation : operations()) {
        const std::string id(operation.id);
        EXPECT_TRUE(done.insert(id).second) << id << " stands in the table twice";
        const auto found = described.find(id);
        ASSERT_NE(found, described.end()) << id << " isn't described";
        const Described& d = found->second;
        EXPECT_EQ(operation.method, d.method) << id;
        EXPECT_EQ(operation.path, d.path) << id;
        EXPECT_EQ(operation.right ? model::name_of(*operation.right) : "none", d.right) << id;
        EXPECT_EQ(operation.ledger, d.ledger) << id;
        EXPECT_EQ(operation.status, d.status) << id;
        EXPECT_EQ(operation.query, d.query) << id;
        EXPECT_EQ(operation.keyed, d.keyed) << id;
        EXPECT_EQ(operation.takes, d.takes) << id;
        EXPECT_EQ(operation.ledger.empty(), operation.method == "GET") << id << ": who changes something leaves a row";
    }
    for (const auto& [id, d] : described) EXPECT_TRUE(done.contains(id)) << id << " is described and not there";
}

class RoleTable : public HouseTest {
protected:
    void SetUp() override { start(Acts::yes, {}); }

    // The status of a call that gets past the door with nothing in its hands.
    static std::pair<int, std::string> call(const wire::Client& client, const Operation& operation) {
        std::string path(operation.path);
        if (const size_t at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, "999999");
        wire::Body body;
        if (operation.takes == Takes::json) body = wire::Body::json(boost::json::object{});
        if (operation.takes == Takes::octets) body = wire::Body::octets("");
        const auto answer = client.call(operation.method, path, body);
        if (answer) return {answer->status, ""};
        return {base::row_of(answer.error().code).http_status, answer.error().sentence};
    }
};

TEST_F(RoleTable, EachRoleMayWhatTheTableSaysAndNothingElse) {
    for (const model::Role role : {model::Role::owner, model::Role::deputy, model::Role::lead, model::Role::reader}) {
        const std::string name(model::name_of(role));
        for (const Operation& operation : operations()) {
            if (operation.run == nullptr) continue;  // the stream has a test of its own
            const wire::Client caller = client(token_of(role, name + " for " + std::string(operation.id)));
            const auto [status, sentence] = call(caller, operation);
            const bool may = !operation.right || model::may(role, *operation.right);
            EXPECT_EQ(status == 403 && sentence.starts_with("the role "), !may) << name << " " << operation.id << " " << status << " " << sentence;
            EXPECT_NE(status, 401) << name << " " << operation.id;
            EXPECT_LT(status, 500) << name << " " << operation.id << " " << sentence;
        }
    }
}

TEST_F(RoleTable, NobodyMayNothingButHealthAndSigningIn) {
    for (const Operation& operation : operations()) {
        if (operation.run == nullptr) continue;
        for (const std::string& token : {std::string{}, std::string(64, 'a')}) {
            const auto [status, sentence] = call(client(token), operation);
            EXPECT_EQ(status == 401, operation.right.has_value()) << operation.id << " " << status << " " << sentence;
        }
    }
}

}  // namespace
}  // namespace douse::server
