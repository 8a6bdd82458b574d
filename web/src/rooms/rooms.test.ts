// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { nowOf } from "../../e2e/fixture/answer.mjs";
import { campaignOf } from "../../e2e/fixture/detail.mjs";
import { curveOf, makeWorld, sumOf as sumOfCounts } from "../../e2e/fixture/world.mjs";
import type { Books, Counts, Playbook, Sweep } from "../api";
import { rangesOf, sayDetail, wholeLink } from "./incident/entries";
import { balanced, say, sayMore } from "./incident/say";
import { filtersFrom, isFiltered, noFilters, pathOf, queryOf, searchOf, sortedBy, sorts, toggled } from "./inventory/filters";
import { pathOfVersion, sayVersion, shownOf } from "./playbook/versions";
import { attemptWords, reasonWords, sayCampaign, waveName, whenOf } from "./remediate/words";
import { saySweep } from "./survey/say";

function books(some: Partial<Counts>): Books {
  const counts = {
    infected: 0,
    infected_isolated: 0,
    vulnerable: 0,
    unknown: 0,
    fix_unverified: 0,
    fixed: 0,
    not_affected: 0,
    exempt: 0,
    ...some,
  };
  const on_books = Object.values(counts).reduce((a, b) => a + b, 0);
  const done = counts.fixed + counts.not_affected;
  return {
    on_books,
    retired: 0,
    open: on_books - done - counts.exempt,
    done,
    accepted_risk: counts.exempt,
    balanced: true,
    counts,
  };
}
const whole = (b: Books) => say(b).lead + say(b).rest;

describe("the first line", () => {
  test.each([
    [{}, "No machine is on the books yet."],
    [{ infected: 38, fixed: 3 }, "38 infected machines are still on the network."],
    [{ infected: 1 }, "1 infected machine is still on the network."],
    [{ infected_isolated: 3, fixed: 20 }, "3 are open; no infected machine is on the network, 3 isolated."],
    [{ vulnerable: 12, fixed: 5 }, "12 are open. No machine is infected."],
    [{ vulnerable: 7, unknown: 5 }, "12 are open, none known to be infected; 5 unknown."],
    [{ fixed: 21, not_affected: 3 }, "The books are closed: all 24 are done."],
    [{ fixed: 21, not_affected: 2, exempt: 1 }, "The books are closed: 23 of 24 are done, 1 exempt."],
  ])("%j", (some, line) => expect(whole(books(some))).toBe(line));

  test("books that do not balance come before everything", () => {
    const wrong = { ...books({ infected: 2, fixed: 2 }), on_books: 5 };
    expect(balanced(wrong)).toBe(false);
    expect(say(wrong).tone).toBe("alarm");
    expect(say({ ...books({ fixed: 1 }), balanced: false }).tone).toBe("alarm");
  });
  test("the number leads to exactly the machines it counts", () => {
    expect(say(books({ infected: 2 })).to).toBe("/machines?disposition=infected");
    expect(say(books({ vulnerable: 2 })).to).toBe("/machines?disposition=open");
  });
  test("the second line says which way it goes", () => {
    const now = nowOf(makeWorld({ now: 1_780_000_000_000 }));
    expect(sayMore(now, now.as_of_ms).join("; ")).toMatch(
      /^5 fewer infected than at \d\d:\d\d; last new infection 1 min ago, in North$/,
    );
  });
});

describe("filters", () => {
  test("come back from the URL as they went", () => {
    const values = ["", "wrk-", "a b", "10.20.", "ü"];
    let n = 0;
    for (const sort of sorts) {
      for (const order of ["asc", "desc"] as const) {
        const filters = {
          disposition: n % 2 ? ["infected", "unknown"] : [],
          place: n % 3 ? ["Works", "North hall"] : [],
          os: n % 5 ? ["Debian 12"] : [],
          q: values[n++ % values.length] ?? "",
          sort,
          order,
        };
        expect(filtersFrom(new URLSearchParams(searchOf(filters)))).toEqual(filters);
      }
    }
  });
  test("nothing filtered is the bare page", () => {
    expect(pathOf(noFilters)).toBe("/machines");
    expect(isFiltered(noFilters)).toBe(false);
    expect(queryOf(noFilters)).toEqual({ sort: "disposition", order: "asc" });
  });
  test("an unknown filter is kept for the server to refuse", () => {
    expect(queryOf(filtersFrom(new URLSearchParams("disposition=sick")))).toMatchObject({ disposition: "sick" });
  });
  test("an unknown sort is the usual one", () => {
    expect(filtersFrom(new URLSearchParams("sort=colour")).sort).toBe("disposition");
  });
  test("a box goes on and off; a column turns round", () => {
    const on = toggled(noFilters, "place", "Works");
    expect(on.place).toEqual(["Works"]);
    expect(toggled(on, "place", "Works").place).toEqual([]);
    expect(sortedBy(noFilters, "name")).toMatchObject({ sort: "name", order: "asc" });
    expect(sortedBy(sortedBy(noFilters, "name"), "name")).toMatchObject({ sort: "name", order: "desc" });
  });
});

describe("words", () => {
  test("a campaign's first line", () => {
    const world = makeWorld();
    expect(sayCampaign(campaignOf(world))).toMatch(/^14 of 32 machines verified; wave 2 is held by its gate\.$/);
    world.gated = false;
    expect(sayCampaign(campaignOf(world))).toMatch(/wave 2 is under way\.$/);
    world.campaignState = "draft";
    expect(sayCampaign(campaignOf(world))).toMatch(/waits for another person's approval/);
  });
  test("reasons and states are words, also those that are not known here", () => {
    expect(reasonWords("no_credentials")).toBe("Refuses every credential");
    expect(reasonWords("new_reason")).toBe("new reason");
    expect(attemptWords("succeeded")).toBe("reported done");
    expect([waveName(0), waveName(2)]).toEqual(["Canary", "Wave 2"]);
  });
  test("a wave that is held waits since it came to its gate", () => {
    const now = new Date(2026, 5, 16, 3, 12).getTime();
    const tasks = { open: 7, verified: 0, needs_hands: 0, cancelled: 0 };
    const held = { number: 2, state: "gated" as const, tasks, started_at_ms: now - 600_000, ended_at_ms: now - 60_000 };
    expect(whenOf(held, now)).toBe("since 03:11");
    expect(whenOf({ ...held, state: "passed" }, now)).toBe("until 03:11");
    expect(whenOf({ ...held, state: "running", ended_at_ms: null }, now)).toBe("since 03:02");
    expect(whenOf({ ...held, state: "waiting", started_at_ms: null, ended_at_ms: null }, now)).toBe("7 wait");
  });
  test("a sweep says what it found", () => {
    const sweep: Sweep = {
      id: 1,
      state: "done",
      kind: "sweep",
      targets: 642,
      answered: 30,
      inside: 25,
      new_assets: 2,
      changed: 0,
      started_at_ms: 0,
    };
    expect(saySweep(sweep)).toBe("30 of 642 addresses answered, 25 looked at from inside; 2 in no list; nothing changed.");
    expect(saySweep({ ...sweep, state: "running" })).toBe("30 of 642 addresses answered, 25 looked at from inside so far.");
  });
  test("what is typed and handed over", () => {
    expect(rangesOf(" 10.0.0.0/24,10.1.0.0/24\n10.2.0.0/24 ")).toEqual(["10.0.0.0/24", "10.1.0.0/24", "10.2.0.0/24"]);
    expect(wholeLink("abc", "http://d")).toBe("http://d/sign-in#abc");
    expect(wholeLink("/sign-in#abc", "http://d")).toBe("http://d/sign-in#abc");
    expect(wholeLink("http://e/sign-in#abc", "http://d")).toBe("http://e/sign-in#abc");
  });
});

describe("the version of a playbook", () => {
  const of = (version: number, id = "drill"): Playbook => ({
    id,
    version,
    name: id,
    kind: "drill",
    state: "draft",
    sha256: `${id}${version}`,
    signed_by: [],
    stored_at_ms: 0,
  });
  const stored = [of(2), of(1), of(1, "worm")];
  test("is the one that the address names, else the incident's, else the first", () => {
    const search = new URLSearchParams(pathOfVersion("worm1").split("?")[1]);
    expect(shownOf(stored, search.get("sha256") ?? "", "drill1")).toEqual(of(1, "worm"));
    expect(shownOf(stored, "", "drill1")).toEqual(of(1));
    expect(shownOf(stored, "", undefined)).toEqual(of(2));
    expect(shownOf(stored, "gone", "drill1")).toBeUndefined();
  });
  test("is said plainly when it isn't the one that the incident uses", () => {
    expect(sayVersion(of(2), of(1), stored)).toBe("The incident doesn't use this version. It uses drill v1.");
    expect(sayVersion(of(1, "worm"), of(1), stored)).toBe("The incident doesn't use this playbook. It uses drill v1.");
    expect(sayVersion(of(1), of(1), stored)).toBe(
      "The incident uses this version. drill v2 is stored too, and the incident doesn't use it.",
    );
    expect(sayVersion(of(2), of(2), stored)).toBeNull();
    expect(sayVersion(of(2), undefined, stored)).toBeNull();
  });
});

test("a ledger row's detail is read as words", () => {
  const now = new Date(2026, 5, 16, 3, 12).getTime();
  const ends = new Date(2026, 5, 16, 20, 0).getTime();
  expect(sayDetail(`{"asset":1,"reason":"holds the gate","expires_at_ms":${ends},"signed_by":""}`, now)).toBe(
    "asset 1, reason holds the gate, expires 20:00",
  );
  expect(sayDetail(`{"sha256":"${"ab".repeat(32)}"}`, now)).toBe("sha256 abababab…abab");
  expect(sayDetail("{}", now)).toBe("");
  expect(sayDetail("plain words", now)).toBe("plain words");
});

test("the fixture's own books balance, at every point of its curve", () => {
  for (const kind of ["fight", "closed", "fresh"] as const) {
    for (const machines of [24, 36, 48, 300]) {
      const world = makeWorld({ machines, kind });
      for (const point of curveOf(world)) expect(sumOfCounts(point.counts)).toBe(point.on_books);
      const now = nowOf(world);
      expect(sumOfCounts(now.books.counts)).toBe(now.books.on_books);
      expect(now.places?.reduce((n, p) => n + p.on_books, 0)).toBe(now.books.on_books);
    }
  }
});
