// SPDX-License-Identifier: Apache-2.0
// Against a real server: DOUSE_URL, and a session's token in DOUSE_TOKEN or in the file DOUSE_TOKEN_FILE. The tests hold whatever the
// incident is: they compare what the pages say with what the API answers, and change nothing.
import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import type { AssetPage, CampaignSummary, Now } from "../src/api";
import { sessionCookie } from "../tools/session-cookie.mjs";
import { expectNoViolations } from "./world";

const url = process.env.DOUSE_URL ?? "";
const tokenFile = process.env.DOUSE_TOKEN_FILE ?? "";

test.describe("real server", () => {
  test.skip(url === "", "DOUSE_URL is not set: no real server to test");
  test.describe.configure({ mode: "serial" });
  test.use({ baseURL: url });

  async function enter(page: Page, path: string) {
    const token = process.env.DOUSE_TOKEN ?? readFileSync(tokenFile, "utf8");
    await page.context().addCookies([{ name: sessionCookie(url), value: token, url }]);
    await page.goto(path);
  }
  const read = async <T>(page: Page, path: string) => (await (await page.request.get(path)).json()) as T;

  test("now says what the API says, and is accessible", async ({ page }) => {
    await enter(page, "/");
    await expect(page.getByText(/^Live/)).toBeVisible();
    const now = await read<Now>(page, "/api/now");
    if (!now.incident && now.books.on_books === 0) {
      await expect(page.getByText("No incident is open").first()).toBeVisible();
    } else {
      await expect(page.locator(".eq")).toContainText("on the books");
      await expect(async () => {
        const fresh = await read<Now>(page, "/api/now");
        const shown = (await page.locator(".cnt b").allTextContents()).map((t) => Number(t.replaceAll(",", "")));
        expect(shown.reduce((a, b) => a + b, 0)).toBe(fresh.books.on_books);
      }).toPass({ timeout: 20_000 });
    }
    await expectNoViolations(page);
  });

  test("machines: the list has what the API counts, and opens one", async ({ page }) => {
    await enter(page, "/machines");
    const list = await read<AssetPage>(page, "/api/assets?limit=1");
    test.skip(list.total === 0, "no machine is on the books");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(/machines?$/);
    await expect(page.locator(".tr .g-name").first()).toBeVisible();
    await expectNoViolations(page);
    await page.locator(".tr .g-name a").first().click();
    await expect(page).toHaveURL(/\/machines\/\d+$/);
    await expect(page.getByText("How it is: evidence")).toBeVisible();
    await expectNoViolations(page);
  });

  test("every page is shown, without errors", async ({ page }) => {
    const faults: string[] = [];
    page.on("pageerror", (e) => faults.push(e.message));
    page.on("response", (r) => r.status() >= 400 && faults.push(`${r.status()} ${r.url()}`));
    const { campaigns } = await (async () => {
      await enter(page, "/");
      return read<{ campaigns: CampaignSummary[] }>(page, "/api/campaigns");
    })();
    const one = campaigns[0] ? [`/campaigns/${campaigns[0].id}`] : [];
    for (const path of [
      "/campaigns",
      ...one,
      "/sweeps",
      "/exemptions",
      "/lists",
      "/playbook",
      "/ledger",
      "/people",
      "/settings",
    ]) {
      await page.goto(path);
      await expect(page.locator("[data-state=shown],[data-state=empty]").first()).toBeVisible();
      await expectNoViolations(page);
    }
    expect(faults).toEqual([]);
  });

  test("the ledger holds together", async ({ page }) => {
    await enter(page, "/ledger");
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await expect(page.getByText(/hold together/)).toBeVisible();
  });
});
