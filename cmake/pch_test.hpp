// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "pch_std.hpp"

#include <gtest/gtest.h>
