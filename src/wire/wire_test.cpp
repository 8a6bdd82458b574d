// SPDX-License-Identifier: Apache-2.0
#include "wire/event_reader.hpp"
#include "wire/fields.hpp"
#include "wire/forms.hpp"
#include "wire/http_reader.hpp"
#include "wire/url.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace douse::wire {
namespace {

namespace json = boost::json;

TEST(Url, PercentEncodingReadsBackAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& text) { RC_ASSERT(percent_decode(percent_encode(text)) == text); }));
    EXPECT_EQ(percent_decode("%"), std::nullopt);
    EXPECT_EQ(percent_decode("%4"), std::nullopt);
    EXPECT_EQ(percent_decode("%zz"), std::nullopt);
    EXPECT_EQ(percent_decode("%4a"), "J");
}

TEST(Url, QueriesReadBackAndBrokenOnesAreNone) {
    EXPECT_TRUE(rc::check([](const Query& query) {
        Query named;
        for (const auto& pair : query) {
            if (!pair.first.empty()) named.push_back(pair);
        }
        const std::string text = write_query(named);
        RC_ASSERT(parse_query(text.empty() ? text : text.substr(1)) == named);
    }));
    EXPECT_EQ(parse_query("a=%"), std::nullopt);
    EXPECT_EQ(parse_query("a+b=c+d&e"), (Query{{"a b", "c d"}, {"e", ""}}));
}

TEST(Fields, NameTheFirstFaultAndRefuseWhatNobodyAskedFor) {
    const auto first_fault = [](std::string_view text) {
        const json::value body = json::parse(text);
        Fields fields(body);
        (void)fields.text("name");
        (void)fields.numbers_if_any("assets");
        const auto done = fields.done();
        return done ? std::string{} : done.error().sentence;
    };
    EXPECT_EQ(first_fault(R"({"name":"a"})"), "");
    EXPECT_EQ(first_fault(R"({"name":"a","assets":[1,2]})"), "");
    EXPECT_EQ(first_fault("[]"), "the body must be a JSON object");
    EXPECT_EQ(first_fault("{}"), "field \"name\" is missing");
    EXPECT_EQ(first_fault(R"({"name":7})"), "field \"name\" must be a text");
    EXPECT_EQ(first_fault(R"({"name":"a","assets":["1"]})"), "field \"assets\" must be a list of whole numbers");
    EXPECT_EQ(first_fault(R"({"name":"a","asets":[1]})"), "unknown field \"asets\"");
}

TEST(Forms, ErrorsReadBackWithCodeHintAndEffect) {
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
        const Error error{.code = static_cast<ErrorCode>(i), .sentence = "s", .detail = "d", .hint = "h", .effect = static_cast<Effect>(i % 3)};
        const Error back = error_from(base::row_of(error.code).http_status, json::serialize(to_json(error)));
        EXPECT_EQ(back.code, error.code);
        EXPECT_EQ(back.sentence + back.detail + back.hint, "sdh");
        EXPECT_EQ(back.effect, error.effect);
    }
    EXPECT_EQ(error_from(502, "<html>").code, ErrorCode::internal);
}

TEST(Forms, BooksReadBackAndSayWhetherTheyBalance) {
    model::Books books{.counts = {1, 2, 3, 4, 5, 6, 7, 8}, .on_books = 36, .retired = 2};
    json::object form = to_json(books);
    const auto back = books_from(form);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, books);
    EXPECT_EQ(form["open"], 1 + 2 + 3 + 7 + 8);
    EXPECT_EQ(form["done"], 4 + 5);
    EXPECT_EQ(form["accepted_risk"], 6);
    EXPECT_TRUE(form["balanced"].get_bool());
    books.on_books = 35;
    EXPECT_FALSE(to_json(books)["balanced"].get_bool());
    form["counts"].get_object().erase("exempt");
    EXPECT_FALSE(books_from(form));
}

// The split law: any cutting of the input gives the same answer.
template <class Read>
void expect_same_for_any_cutting(const std::string& bytes, Read read) {
    const auto whole = read({bytes});
    for (size_t cut = 0; cut <= bytes.size(); ++cut) EXPECT_EQ(read({bytes.substr(0, cut), bytes.substr(cut)}), whole) << cut;
    std::vector<std::string> single;
    for (const char c : bytes) single.emplace_back(1, c);
    EXPECT_EQ(read(single), whole);
}

std::string read_response(const std::vector<std::string>& pieces) {
    ResponseReader reader;
    for (const std::string& piece : pieces) reader.feed(piece);
    if (reader.state() != ResponseReader::State::done) reader.end();
    return std::to_string(reader.status()) + (reader.state() == ResponseReader::State::done ? " done " : " broken ") + reader.body();
}

TEST(ResponseReader, ReadsEachFramingHoweverItIsCut) {
    const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: a\r\n\r\n";
    const std::string until_close = "HTTP/1.0 404 Not Found\r\n\r\nhello";
    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    for (const std::string& bytes : {length, chunked, until_close, go_on}) expect_same_for_any_cutting(bytes, read_response);
    EXPECT_EQ(read_response({length}), "200 done hello");
    EXPECT_EQ(read_response({chunked}), "200 done hello");
    EXPECT_EQ(read_response({until_close}), "404 done hello");
    EXPECT_EQ(read_response({go_on}), "204 done ");
}

TEST(ResponseReader, AnswersThatEndEarlyOrArentHttpAreBroken) {
    for (const char* bytes :
         {"", "HTTP/1.1 200", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nnocolon\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n"}) {
        EXPECT_NE(read_response({bytes}).find(" broken "), std::string::npos) << bytes;
    }
    ResponseReader reader;
    EXPECT_EQ(reader.feed(std::string(ResponseReader::head_limit + 1, 'x')), ResponseReader::State::broken);
}

TEST(EventReader, ReadsEventsIdsAndHeartbeatsHoweverTheyAreCut) {
    const std::string bytes = ": hello\n\nid: e-1\n\nid: e-2\ndata: {\"a\":1}\n\ndata: x\r\ndata: y\r\n\r\n: heartbeat\n\ndata";
    const auto read = [](const std::vector<std::string>& pieces) {
        EventReader reader;
        std::string out;
        for (const std::string& piece : pieces) {
            for (const RawEvent& event : reader.feed(piece)) out += event.id + "|" + event.data + ";";
        }
        return out + reader.last_id();
    };
    expect_same_for_any_cutting(bytes, read);
    EXPECT_EQ(read({bytes}), "e-2|{\"a\":1};e-2|x\ny;e-2");
}

}  // namespace
}  // namespace douse::wire
