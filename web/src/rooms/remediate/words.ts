// SPDX-License-Identifier: Apache-2.0
// The states of a campaign and of its parts in words, and why a task needs hands.
import type { Campaign, CampaignSummary } from "../../api";
import { count, moment } from "../../kit/format";

export const stateWords: Record<CampaignSummary["state"], string> = {
  draft: "waits for approval",
  approved: "approved, not started",
  running: "running",
  paused: "paused",
  stopped: "stopped",
  done: "done",
};

export const waveName = (number: number): string => (number === 0 ? "Canary" : `Wave ${number}`);
// Waves are counted with the canary, and named by numbers after it.
export const waveOf = (number: number, waves: number): string =>
  number === 0 ? (waves === 1 ? "canary only" : `canary, then ${wavesAfter(waves)}`) : `wave ${number} of ${waves - 1}`;
export const wavesWords = (waves: number): string => (waves <= 1 ? "one canary wave" : `a canary and ${wavesAfter(waves)}`);
const wavesAfter = (waves: number): string => (waves === 2 ? "1 wave" : `${waves - 1} waves`);

export const waveStates: Record<Campaign["waves"][number]["state"], string> = {
  waiting: "waiting",
  running: "running",
  gated: "held by its gate",
  passed: "passed",
};

// A wave that is held has ended, and waits since then.
export function whenOf(wave: Campaign["waves"][number], now: number): string {
  if (wave.ended_at_ms) return `${wave.state === "gated" ? "since" : "until"} ${moment(wave.ended_at_ms, now)}`;
  if (wave.started_at_ms) return `since ${moment(wave.started_at_ms, now)}`;
  return `${count(wave.tasks.open)} wait`;
}

const reasons: Record<string, string> = {
  unreachable: "No answer on the way in",
  no_credentials: "Refuses every credential",
  hangs: "Accepts the connection, then says nothing",
  host_key_changed: "Another host key than the pinned one",
  host_key_unconfirmed: "Only a password is left, and nobody confirmed its host key",
  disk_full: "No room on its disk",
  step_failed: "A step failed, each time",
  not_verified: "Steps said done, checks say otherwise",
  fate_unknown: "How an attempt ended can't be learned",
  not_for_this: "No step of the plan is for this system",
};
export const reasonWords = (reason: string): string => reasons[reason] ?? reason.replaceAll("_", " ");

const attempts: Record<string, string> = {
  queued: "queued",
  sent: "sent",
  running: "running",
  succeeded: "reported done",
  failed: "failed",
  unreachable: "unreachable, no step ran",
  expired: "expired",
  cancelled: "cancelled",
  fate_unknown: "fate unknown",
};
// Where there is room for a word only.
export const attemptWord = (state: string): string => (state === "succeeded" ? "reported done" : state.replaceAll("_", " "));
export const attemptWords = (state: string): string => attempts[state] ?? state.replaceAll("_", " ");

// The first line of a campaign's page: where it stands, and what it waits for.
export function sayCampaign(campaign: Campaign): string {
  const { summary } = campaign;
  const { tasks } = summary;
  const all = tasks.open + tasks.verified + tasks.needs_hands + tasks.cancelled;
  const of = `${count(tasks.verified)} of ${count(all)} machines verified`;
  switch (summary.state) {
    case "draft":
      return `A plan for ${count(all)} machines waits for another person's approval.`;
    case "approved":
      return `Approved for ${count(all)} machines; nothing has started.`;
    case "running": {
      const wave = campaign.waves.find((w) => w.state === "gated") ?? campaign.waves.find((w) => w.state === "running");
      if (!wave) return `${of}.`;
      return `${of}; ${wave.number === 0 ? "the canary" : `wave ${wave.number}`} is ${wave.state === "gated" ? "held by its gate" : "under way"}.`;
    }
    case "paused":
      return `Paused: ${of}.`;
    case "stopped":
      return `Stopped: ${of}.`;
    case "done":
      return tasks.needs_hands === 0
        ? `Done: ${of}.`
        : `Done: ${of}, ${count(tasks.needs_hands)} ${tasks.needs_hands === 1 ? "needs" : "need"} hands.`;
  }
}
