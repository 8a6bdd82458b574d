// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import type { Event as LiveEvent } from "../api";
import { ApiError, newKey, take } from "./api";
import { adviceFor, sentence, sentenceOf, stop } from "./errors";
import { age, change, count, moment, plural, shortHash, span, words } from "./format";
import { matchKey } from "./keyboard";
import { staleAfter } from "./query_keys";
import { pageOf } from "./url";

describe("format", () => {
  test("ages are short", () => {
    const minute = 60_000;
    expect([0, 3000, 59_999, minute, 25 * minute, 65 * minute, 26 * 60 * minute, 14 * 24 * 60 * minute, -5].map(age)).toEqual([
      "0 s",
      "3 s",
      "59 s",
      "1 min",
      "25 min",
      "1 h 05",
      "1 d",
      "14 d",
      "0 s",
    ]);
  });
  test("agreed times are round", () => {
    const hour = 3_600_000;
    expect([2 * 60_000, 12 * hour, 24 * hour, 72 * hour].map(span)).toEqual(["2 min", "12 h", "24 h", "3 d"]);
  });
  test("numbers have separators, changes a sign, one is singular", () => {
    expect(count(5188)).toBe("5,188");
    expect([change(-12), change(1), change(0)]).toEqual(["−12", "+1", "no change"]);
    expect([plural(1, "machine"), plural(0, "machine"), plural(2, "person", "people")]).toEqual([
      "1 machine",
      "0 machines",
      "2 people",
    ]);
  });
  test("a moment is as near as it needs to be", () => {
    const now = new Date(2026, 5, 16, 3, 12).getTime();
    expect(moment(new Date(2026, 5, 16, 2, 47).getTime(), now)).toBe("02:47");
    expect(moment(new Date(2026, 5, 15, 21, 30).getTime(), now)).toBe("Mon 21:30");
    expect(moment(new Date(2026, 4, 4, 9, 5).getTime(), now)).toBe("4 May 09:05");
    expect(moment(new Date(2025, 4, 4, 9, 5).getTime(), now)).toBe("4 May 2025 09:05");
  });
  test("hashes are shown by their ends, names as words", () => {
    expect(shortHash("9c41d07fe23b5a6681bb")).toBe("9c41d07f…81bb");
    expect(shortHash("short")).toBe("short");
    expect(words("needs_hands")).toBe("needs hands");
  });
});

describe("errors", () => {
  test("sentences get their capital and full stop; names keep their case", () => {
    expect(sentence("this link was used already")).toBe("This link was used already.");
    expect(sentence("wrk-pc-003 answers with another key")).toBe("wrk-pc-003 answers with another key.");
    expect(sentence("10.0.0.1 is out of scope")).toBe("10.0.0.1 is out of scope.");
    expect(sentence("it works!")).toBe("It works!");
    expect(sentence("")).toBe("");
    expect(stop("the end")).toBe("the end.");
  });
  test("an act whose fate is unknown is said to be so", () => {
    expect(
      sentenceOf(new ApiError({ code: "unreachable", sentence: "the server does not answer", effect: "unknown" })),
    ).toContain("Whether it happened is not known");
    expect(sentenceOf(new ApiError({ code: "wrong_state", sentence: "the campaign has ended" }))).toBe("The campaign has ended.");
  });
  test("every code of the server has advice, and so has one that is not known", () => {
    const codes =
      "invalid unauthenticated denied not_found conflict wrong_state unreachable timed_out cancelled exhausted unsupported corrupt internal";
    const all = codes.split(" ").map((code) => adviceFor(code).what);
    expect(new Set(all).size).toBe(13);
    expect(adviceFor("new_code").what).toBe("The request failed");
  });
  test("a refusal carries the server's code; no answer is unreachable", async () => {
    const refused = take(
      Promise.resolve({ error: { code: "denied", sentence: "no" }, response: new Response(null, { status: 403 }) }),
    );
    await expect(refused).rejects.toMatchObject({ code: "denied", message: "no" });
    await expect(take(Promise.reject(new TypeError("Failed to fetch")))).rejects.toMatchObject({
      code: "unreachable",
      effect: "unknown",
    });
    await expect(take(Promise.resolve({ error: "<html>", response: new Response(null, { status: 502 }) }))).rejects.toMatchObject(
      {
        code: "internal",
        message: "the server answered with status 502",
      },
    );
  });
  test("keys differ", () => {
    expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(newKey()).not.toBe(newKey());
  });
});

describe("links of the API lead to pages", () => {
  test.each([
    ["/campaigns/3", "/campaigns/3"],
    ["/assets/7", "/machines/7"],
    ["/api/assets/7", "/machines/7"],
    ["/assets?disposition=fixed", "/machines?disposition=fixed"],
    ["/api/playbooks/drill?sha256=ab", "/playbook?sha256=ab"],
    ["/exemptions/1", "/exemptions"],
    ["/host-keys/2", "/settings"],
    ["/sweeps/4", "/sweeps"],
    ["/now", "/"],
    ["https://elsewhere.example/", null],
    ["//elsewhere.example/", null],
    ["", null],
    [undefined, null],
  ])("%s -> %s", (link, page) => expect(pageOf(link)).toBe(page));
});

describe("events make old what they touch", () => {
  const kinds: LiveEvent["kind"][] = ["books", "asset", "campaign", "sweep", "incident", "ledger", "decision", "stop", "reload"];
  test.each(kinds)("%s", (kind) => {
    const stale = staleAfter({ kind });
    expect(stale === "all" || stale.length > 0).toBe(true);
  });
  test("an asset's event makes that machine old and the books, not other machines", () => {
    expect(staleAfter({ kind: "asset", subject: 7 })).toContainEqual(["asset", 7]);
    expect(staleAfter({ kind: "asset", subject: 7 })).toContainEqual(["now"]);
    expect(staleAfter({ kind: "reload" })).toBe("all");
  });
});

describe("keys", () => {
  const known = new Set(["j", "g m", "g c"]);
  const press = (key: string, at: number) =>
    matchKey(
      key,
      at,
      (k) => known.has(k),
      (k) => [...known].some((s) => s.startsWith(`${k} `)),
    );
  test("one key acts, a sequence waits for its second, and not for ever", () => {
    expect(press("j", 0)).toBe("j");
    expect(press("g", 10)).toBeNull();
    expect(press("m", 20)).toBe("g m");
    expect(press("g", 30)).toBeNull();
    expect(press("c", 5000)).toBeNull();
    expect(press("g", 6000)).toBeNull();
    expect(press("x", 6010)).toBeNull();
    expect(press("m", 6020)).toBeNull();
  });
});
