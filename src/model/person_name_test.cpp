// SPDX-License-Identifier: Apache-2.0
#include "model/person_name.hpp"

#include <gtest/gtest.h>

namespace douse::model {
namespace {

TEST(PersonName, IsKeptWithoutTheBlanksAroundIt) {
    EXPECT_EQ(person_name("Ada Lovelace").value(), "Ada Lovelace");
    EXPECT_EQ(person_name("  Ada\xc2\xa0 ").value(), "Ada");
    EXPECT_EQ(person_name("Zoë Ångström").value(), "Zoë Ångström");
    EXPECT_EQ(person_name(std::string(80, 'x')).value().size(), 80u);
    EXPECT_EQ(person_name(" " + std::string(80, 'x') + " ").value().size(), 80u);
}

TEST(PersonName, WhatIsUnseenOverlongOrTheProgramsIsRefused) {
    for (const char* written : {"", "   ", "Douse", "dOUSE", " douse ", "Ada\n", "A\tda", "Ada\x7f",
                                "A\xc2\x85"
                                "da",
                                "A\xe2\x80\x8b"
                                "da",
                                "\xe2\x80\xae"
                                "adA",
                                "D\xc2\xad"
                                "ouse",
                                "Ad\xff", "\xed\xa0\x80"}) {
        const auto name = person_name(written);
        ASSERT_FALSE(name) << written;
        EXPECT_EQ(name.error().code, ErrorCode::invalid);
    }
    EXPECT_FALSE(person_name(std::string(81, 'x')));
    EXPECT_TRUE(person_name("Douser"));
}

TEST(PersonName, NamesThatLookAlikeFoldToOne) {
    const std::pair<const char*, const char*> alike[] = {{"Ada", "aDA"},     {"Ada  Lovelace", "ada lovelace "},
                                                         {"ZOË", "zoë"},     {"Łukasz", "łUKASZ"},
                                                         {"Ÿ", "ÿ"},         {"ΣΟΦΟΣ", "σοφος"},
                                                         {"Άννα", "άΝΝΑ"},   {"Ёлка", "ёЛКА"},
                                                         {"Žižek", "žIŽEK"}, {"Ada\xc2\xa0Lovelace", "Ada Lovelace"}};
    for (const auto& [a, b] : alike) EXPECT_EQ(folded_name(a), folded_name(b)) << a;
    for (const auto& [a, b] : {std::pair("Ada", "Ade"), std::pair("Zoë", "Zoe"), std::pair("Ada Lovelace", "AdaLovelace")})
        EXPECT_NE(folded_name(a), folded_name(b)) << a;
}

}  // namespace
}  // namespace douse::model
