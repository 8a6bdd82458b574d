// SPDX-License-Identifier: Apache-2.0
// The functions of the operations table, by subject: operations_people.cpp, operations_incident.cpp ... hold them.
#pragma once

#include "server/operations.hpp"

namespace douse::server {

using OperationFunction = Result<Reply>(House&, const Call&);

// operations_people.cpp
OperationFunction get_health, sign_in, sign_out, who_am_i, list_people, add_person, invite_person;
// operations_incident.cpp
OperationFunction get_now, get_incident, open_incident, close_incident, get_scope, add_scope, remove_scope;
OperationFunction list_exemptions, ask_exemption, approve_exemption, decline_exemption;
OperationFunction stop_everything, resume_everything;
// operations_assets.cpp
OperationFunction list_imports, import_list, list_assets, get_asset, retire_asset;
// operations_sweeps.cpp
OperationFunction list_sweeps, start_sweep, get_sweep, check_assets;
// operations_vault.cpp
OperationFunction list_playbooks, put_playbook, get_playbook, list_signers, add_signer, put_file;
OperationFunction list_host_key_changes, accept_host_key, list_credentials, add_credential;
// operations_campaigns.cpp
OperationFunction list_campaigns, plan_campaign, get_campaign, approve_campaign, start_campaign, pause_campaign, resume_campaign;
OperationFunction stop_campaign, retry_campaign, settle_wave;
// operations_ledger.cpp
OperationFunction list_ledger, verify_ledger, rebuild_store;

}  // namespace douse::server
