// SPDX-License-Identifier: Apache-2.0
#include "assess/assess.hpp"

#include <gtest/gtest.h>

TEST(Assess, IsUnknownWithoutAnIncident) { EXPECT_EQ(douse::assess::no_incident().disposition, douse::model::Disposition::unknown); }
