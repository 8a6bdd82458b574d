// SPDX-License-Identifier: Apache-2.0
// The identifiers of everything that has a row of its own.
#pragma once

#include "base/ids.hpp"

namespace douse::model {

using AssetId = base::Id<struct AssetTag>;
using ObservationId = base::Id<struct ObservationTag>;
using ImportId = base::Id<struct ImportTag>;
using EvidenceId = base::Id<struct EvidenceTag>;
using IncidentId = base::Id<struct IncidentTag>;
using PersonId = base::Id<struct PersonTag>;
using ExemptionId = base::Id<struct ExemptionTag>;
using SweepId = base::Id<struct SweepTag>;
using CampaignId = base::Id<struct CampaignTag>;
using WaveId = base::Id<struct WaveTag>;
using TaskId = base::Id<struct TaskTag>;
using AttemptId = base::Id<struct AttemptTag>;
using CredentialId = base::Id<struct CredentialTag>;
using HostKeyId = base::Id<struct HostKeyTag>;

}  // namespace douse::model
