// SPDX-License-Identifier: Apache-2.0
// The catalogue itself. Lines are long: one command, one place.
#include "cli/commands.hpp"

namespace douse::cli {
namespace {

constexpr auto one = Argument::Count::one;
constexpr auto maybe = Argument::Count::maybe;
constexpr auto many = Argument::Count::many;
constexpr auto any = Argument::Count::any;

constexpr Argument campaign_id{"ID", "", one, "the campaign's number"};
constexpr Argument machine{"MACHINE", "", one, "its number, name or address"};
constexpr Argument reason{"--reason", "TEXT", one, "why, for the ledger"};

constexpr std::array common{
    Argument{"--json", "", maybe, "print the API's own answer, one JSON document a line"},
    Argument{"--data", "DIR", maybe, "the server's data folder, whose socket is called (else DOUSE_DATA, else ~/.local/state/douse)"},
    Argument{"--server", "HOST:PORT", maybe, "call a server by TCP; needs a token in DOUSE_TOKEN"},
    Argument{"--help", "", maybe, "this command's help"},
};

// clang-format off
constexpr std::array commands{
    Command{.words = "drill", .summary = "rehearse: make machines, fight an outbreak, hold the books against the truth",
        .arguments = {{{"--machines", "N", maybe, "how many (24)"}, {"--seed", "S", maybe, "fixes organisation and errors (1)"},
                       {"--manual", "", maybe, "print the command for each act and wait until it has been done"}, {"--keep", "", maybe, "leave the machines up until Ctrl-C"},
                       {"--stay", "", maybe, "leave the console open until Ctrl-C"}, {"--listen", "HOST:PORT", maybe, "where the console listens"},
                       {"--cache", "DIR", maybe, "where the machines' file system is kept between drills"}, {"--kill-server", "N", maybe, "kill the server N times at random moments of a wave"}}},
        .examples = {"douse drill", "douse drill --machines 48 --seed 3 --json"}, .program = Program::drill},
    Command{.words = "serve", .summary = "run the server and its console",
        .arguments = {{{"--listen", "HOST:PORT", maybe, "a loopback address (127.0.0.1:8440)"}, {"--listen-fd", "N", maybe, "a socket that listens already"},
                       {"--no-act", "", maybe, "without anything that could reach a machine: lists, books and reports only"}, {"--drill", "", maybe, "serve a drill"},
                       {"--new-owner-link", "", maybe, "print a new link for the owner, when nobody can sign in any more; the ledger says so"}}},
        .examples = {"douse serve", "douse serve --data /var/lib/douse --listen 127.0.0.1:8440"}, .program = Program::serve},

    Command{.words = "sign-in", .summary = "redeem a one-time link; this user's commands are then that person's", .arguments = {{{"LINK", "", one, "the link or its code"}}},
        .examples = {"douse sign-in http://127.0.0.1:8440/sign-in#CODE"}, .operation = "signIn", .run = sign_in},
    Command{.words = "sign-out", .summary = "end the session of DOUSE_TOKEN", .operation = "signOut", .run = sign_out},
    Command{.words = "who", .summary = "who am I here, and what may I do", .examples = {"douse who"}, .operation = "whoAmI", .run = who},
    Command{.words = "person add", .summary = "add a person and print their one-time link", .arguments = {{{"NAME", "", one, "as others know them"}, {"--role", "ROLE", one, "owner, deputy, lead or reader"}}},
        .examples = {"douse person add Dana --role deputy"}, .operation = "addPerson", .run = person_add},
    Command{.words = "person invite", .summary = "print a new one-time link for a person; their older ones end", .arguments = {{{"NAME", "", one, "as person list shows it"}}},
        .examples = {"douse person invite Dana"}, .operation = "invitePerson", .run = person_invite},
    Command{.words = "person list", .summary = "who is here, with which role", .examples = {"douse person list"}, .operation = "listPeople", .run = person_list},

    Command{.words = "now", .summary = "the books, what needs a decision, what just happened", .examples = {"douse now"}, .operation = "getNow", .run = now},
    Command{.words = "incident new", .summary = "open an incident with a stored playbook and a scope",
        .arguments = {{{"NAME", "", one, "as people will call it"}, {"--playbook", "ID", one, "a stored playbook"}, {"--scope", "RANGE", many, "10.0.0.0/24, 10.0.0.5-10.0.0.9 or one address"}}},
        .examples = {"douse incident new \"SMB worm\" --playbook smb-worm --scope 10.20.0.0/16"}, .operation = "openIncident", .run = incident_new},
    Command{.words = "incident show", .summary = "the open incident", .examples = {"douse incident show"}, .operation = "getIncident", .run = incident_show},
    Command{.words = "incident close", .summary = "close the open incident", .arguments = {{reason}}, .examples = {"douse incident close --reason \"two clean sweeps\""}, .operation = "closeIncident", .run = incident_close},
    Command{.words = "scope add", .summary = "add ranges to the scope", .arguments = {{{"RANGE", "", many, "10.0.0.0/24, 10.0.0.5-10.0.0.9 or one address"}}}, .examples = {"douse scope add 10.30.0.0/24"}, .operation = "addScope", .run = scope_add},
    Command{.words = "scope remove", .summary = "take ranges out again, as they were written", .arguments = {{{"RANGE", "", many, "as scope show prints it"}}}, .examples = {"douse scope remove 10.30.0.0/24"}, .operation = "removeScope", .run = scope_remove},
    Command{.words = "scope show", .summary = "the ranges of the incident", .examples = {"douse scope show"}, .operation = "getScope", .run = scope_show},

    Command{.words = "import", .summary = "import lists of machines; the format is recognised when not given",
        .arguments = {{{"FILE", "", many, "directory export, DHCP leases ..."}, {"--dry-run", "", maybe, "read and count, change nothing"}, {"--format", "NAME", maybe, "instead of recognising it"}, {"--source", "NAME", maybe, "what the list comes from"}}},
        .examples = {"douse import --dry-run directory.csv dhcpd.leases"}, .operation = "importList", .run = import_lists},
    Command{.words = "import list", .summary = "what was imported", .examples = {"douse import list"}, .operation = "listImports", .run = import_list_show},
    Command{.words = "assets", .summary = "machines, filtered and sorted",
        .arguments = {{{"--disposition", "NAME,..", maybe, "also open, done, accepted_risk, retired"}, {"--place", "NAME,..", maybe, ""}, {"--os", "NAME,..", maybe, ""}, {"--q", "TEXT", maybe, "part of a name, address or other identifier"},
                       {"--sort", "COLUMN", maybe, "name, address, place, os, disposition, evidence, since"}, {"--desc", "", maybe, "the other way round"}, {"--limit", "N", maybe, "at most so many rows (all)"}}},
        .examples = {"douse assets --disposition infected,vulnerable", "douse assets --q 10.20.1. --sort address"}, .operation = "listAssets", .run = assets},
    Command{.words = "asset", .summary = "one machine: evidence, story, records, tasks", .arguments = {{machine}}, .examples = {"douse asset pc-014"}, .operation = "getAsset", .run = asset_show},
    Command{.words = "why", .summary = "why these records are one machine, and why it has its disposition", .arguments = {{machine}}, .examples = {"douse why pc-014"}, .operation = "getAsset", .run = why},
    Command{.words = "retire", .summary = "record a machine as gone", .arguments = {{machine, reason}}, .examples = {"douse retire pc-099 --reason \"scrapped in May\""}, .operation = "retireAsset", .run = retire},

    Command{.words = "sweep start", .summary = "ask every address of the scope, and look inside wherever Douse can sign in", .arguments = {{{"--wait", "", maybe, "until it has ended"}}}, .examples = {"douse sweep start --wait"}, .operation = "startSweep", .run = sweep_start},
    Command{.words = "sweep show", .summary = "the last sweeps, or one of them", .arguments = {{{"ID", "", maybe, "its number"}}}, .examples = {"douse sweep show"}, .operation = "getSweep", .run = sweep_show},
    Command{.words = "check", .summary = "look at some machines now", .arguments = {{{"MACHINE", "", many, "number, name or address"}, {"--wait", "", maybe, "until it has ended"}}}, .examples = {"douse check pc-014 pc-015 --wait"}, .operation = "checkAssets", .run = check},

    Command{.words = "exempt", .summary = "ask that a machine be left alone; another person approves", .arguments = {{machine, {"--until", "SPAN", one, "24h, 7d, or a time as 2026-11-30T08:00:00Z"}, reason}},
        .examples = {"douse exempt scope-2 --until 24h --reason \"measures until tomorrow\""}, .operation = "askExemption", .run = exempt},
    Command{.words = "exempt list", .summary = "asked and approved exemptions", .examples = {"douse exempt list"}, .operation = "listExemptions", .run = exemption_list},
    Command{.words = "approve", .summary = "approve another person's request, by the hash that you read where it has one",
        .arguments = {{{"KIND", "", one, "exemption or campaign"}, {"ID", "", one, "its number"}, {"--hash", "HASH", maybe, "the plan's hash; without it the plan is shown, not approved"}}},
        .examples = {"douse approve exemption 4", "douse approve campaign 3 --hash 9f86d081884c7d65"}, .operation = "approveCampaign", .run = approve},
    Command{.words = "decline", .summary = "decline another person's request", .arguments = {{{"KIND", "", one, "exemption or campaign"}, {"ID", "", one, "its number"}, {"--reason", "TEXT", maybe, "why; an exemption needs it"}}},
        .examples = {"douse decline exemption 4 --reason \"patch it tonight\""}, .operation = "declineExemption", .run = decline},

    Command{.words = "playbook check", .summary = "read a playbook, name everything wrong with it, run its examples", .arguments = {{{"FILE", "", one, "ID.yaml"}}}, .examples = {"douse playbook check playbooks/drill.yaml"}, .program = Program::playbook_check},
    Command{.words = "playbook show", .summary = "a playbook as people read it: a file, or one that is stored", .arguments = {{{"PLAYBOOK", "", one, "a file, or the id of a stored playbook"}, {"--sha256", "HASH", maybe, "the version with this hash; else the newest"}}},
        .examples = {"douse playbook show playbooks/drill.yaml", "douse playbook show drill", "douse playbook show drill --sha256 HASH"}, .operation = "getPlaybook", .program = Program::playbook_show, .run = playbook_show},
    Command{.words = "playbook sign", .summary = "sign a playbook; writes FILE.sig beside it",
        .arguments = {{{"FILE", "", one, "ID.yaml"}, {"--key", "FILE", one, "a signing key, made by playbook keygen"}, {"--files", "DIR", maybe, "where the files lie whose hashes are to be filled in"}}},
        .examples = {"douse playbook sign smb-worm.yaml --key ~/.douse-key --files packages"}, .program = Program::playbook_sign},
    Command{.words = "playbook keygen", .summary = "make a signing key and print its public half", .arguments = {{{"FILE", "", one, "where the secret key goes; must not exist"}}}, .examples = {"douse playbook keygen ~/.douse-key"}, .program = Program::playbook_keygen},
    Command{.words = "playbook put", .summary = "store a playbook with its signatures and files", .arguments = {{{"FILE", "", one, "ID.yaml; its signatures are read from FILE.sig"}, {"--files", "DIR", maybe, "where the files lie that it names"}}},
        .examples = {"douse playbook put smb-worm.yaml --files packages"}, .operation = "putPlaybook", .run = playbook_put},
    Command{.words = "playbook list", .summary = "stored playbooks", .examples = {"douse playbook list"}, .operation = "listPlaybooks", .run = playbook_list},
    Command{.words = "playbook signer add", .summary = "pin a signer's public key: their signatures count here", .arguments = {{{"NAME", "", one, "the signer"}, {"PUBLIC_KEY", "", one, "as playbook keygen prints it"}}}, .examples = {"douse playbook signer add Sam BASE64"}, .operation = "addSigner", .run = signer_add},
    Command{.words = "playbook signer list", .summary = "whose signatures count here", .examples = {"douse playbook signer list"}, .operation = "listSigners", .run = signer_list},
    Command{.words = "credential add", .summary = "keep an SSH key or a password for the incident", .arguments = {{{"--user", "NAME", one, "who signs in with it"}, {"--key", "FILE", maybe, "a private key in OpenSSH's form, without a passphrase"}, {"--password-file", "FILE", maybe, "a file that holds only the password"}, {"--note", "TEXT", maybe, ""}}},
        .examples = {"douse credential add --user root --key ~/.ssh/repair"}, .operation = "addCredential", .run = credential_add},
    Command{.words = "credential list", .summary = "which credentials are kept, without their secrets", .examples = {"douse credential list"}, .operation = "listCredentials", .run = credential_list},
    Command{.words = "hostkey list", .summary = "machines that answered with another host key than the pinned one, or with a first one that nobody confirmed", .examples = {"douse hostkey list"}, .operation = "listHostKeyChanges", .run = hostkey_list},
    Command{.words = "hostkey accept", .summary = "accept the host key that a machine offers", .arguments = {{{"ID", "", one, "as hostkey list shows it"}, reason}}, .examples = {"douse hostkey accept 2 --reason \"reinstalled by Kim\""}, .operation = "acceptHostKey", .run = hostkey_accept},

    Command{.words = "campaign plan", .summary = "plan a remediation of all open machines, or of these", .arguments = {{{"MACHINE", "", any, "number, name or address; none: all infected, vulnerable and unknown"}}}, .examples = {"douse campaign plan", "douse campaign plan pc-014 pc-015"}, .operation = "planCampaign", .run = campaign_plan},
    Command{.words = "campaign list", .summary = "campaigns, newest first", .examples = {"douse campaign list"}, .operation = "listCampaigns", .run = campaign_list},
    Command{.words = "campaign show", .summary = "how many in each state, what is stuck and why", .arguments = {{campaign_id, {"--tasks", "", maybe, "every machine's task too"}}}, .examples = {"douse campaign show 3"}, .operation = "getCampaign", .run = campaign_show},
    Command{.words = "campaign start", .summary = "start an approved campaign", .arguments = {{campaign_id}}, .examples = {"douse campaign start 3"}, .operation = "startCampaign", .run = campaign_start},
    Command{.words = "campaign watch", .summary = "follow a campaign until it has ended", .arguments = {{campaign_id}}, .examples = {"douse campaign watch 3"}, .operation = "getEvents", .run = campaign_watch},
    Command{.words = "campaign pause", .summary = "begin no new attempt until resumed", .arguments = {{campaign_id}}, .examples = {"douse campaign pause 3"}, .operation = "pauseCampaign", .run = campaign_pause},
    Command{.words = "campaign resume", .summary = "go on with a paused campaign", .arguments = {{campaign_id}}, .examples = {"douse campaign resume 3"}, .operation = "resumeCampaign", .run = campaign_resume},
    Command{.words = "campaign stop", .summary = "end a campaign: no further step begins", .arguments = {{campaign_id}}, .examples = {"douse campaign stop 3"}, .operation = "stopCampaign", .run = campaign_stop},
    Command{.words = "campaign retry", .summary = "plan a new campaign over only what failed in an ended one", .arguments = {{campaign_id}}, .examples = {"douse campaign retry 3"}, .operation = "retryCampaign", .run = campaign_retry},
    Command{.words = "campaign settle", .summary = "settle a gated wave", .arguments = {{campaign_id, {"--wave", "N", one, "the gated wave; 0 is the canary"}, {"--pass", "", maybe, "let the next wave start"}, {"--stop", "", maybe, "end the campaign"}, reason}},
        .examples = {"douse campaign settle 3 --wave 1 --pass --reason \"three printers, known\""}, .operation = "settleWave", .run = campaign_settle},

    Command{.words = "ledger show", .summary = "decisions, newest first", .arguments = {{{"--before", "SEQ", maybe, "rows before this number"}, {"--limit", "N", maybe, "how many (50)"}}}, .examples = {"douse ledger show --limit 10"}, .operation = "listLedger", .run = ledger_show},
    Command{.words = "ledger verify", .summary = "walk the ledger's chain; exit 1 names the first broken row (as does a server that will not start on it)", .arguments = {{{"--head", "SEQ:HASH", maybe, "an earlier head that was kept elsewhere, to hold the ledger against"}}},
        .examples = {"douse ledger verify", "douse ledger verify --head 812:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, .operation = "verifyLedger", .run = ledger_verify},
    Command{.words = "store rebuild", .summary = "recompute what is derived and compare; exit 1 if it differs", .examples = {"douse store rebuild"}, .operation = "rebuildStore", .run = store_rebuild},
    Command{.words = "stop-everything", .summary = "no new attempt after this; running steps end by themselves", .examples = {"douse stop-everything"}, .operation = "stopEverything", .run = stop_everything},
    Command{.words = "resume-everything", .summary = "allow new actions again", .arguments = {{reason}}, .examples = {"douse resume-everything --reason \"the playbook was right\""}, .operation = "resumeEverything", .run = resume_everything},
};
// clang-format on

}  // namespace

std::span<const Command> catalogue() {
    return commands;
}
std::span<const Argument> common_options() {
    return common;
}

}  // namespace douse::cli
