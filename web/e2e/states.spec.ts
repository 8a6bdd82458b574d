// SPDX-License-Identifier: Apache-2.0
// Every view in each of its five states, from the fixture page.
import { expect, test } from "@playwright/test";
import { expectNoViolations } from "./world";

const views = [
  "now",
  "machines",
  "machine",
  "campaigns",
  "campaign",
  "sweeps",
  "exemptions",
  "lists",
  "playbook",
  "ledger",
  "people",
];

for (const view of views) {
  test(`${view}: no right, loading, error, empty, stale`, async ({ page }) => {
    const main = page.getByRole("main");
    await page.goto(`/fixtures?view=${view}&state=denied`);
    await expect(main.locator('[data-state="denied"]')).toContainText("owner or a deputy");
    await expectNoViolations(page);

    await page.goto(`/fixtures?view=${view}&state=loading`);
    await expect(main.locator('[data-state="loading"]')).toContainText("Reading");

    await page.goto(`/fixtures?view=${view}&state=error`);
    const failed = main.locator('[data-state="error"]').first();
    await expect(failed).toContainText("Could not read the store");
    await expect(failed).toContainText("Nothing was changed");
    await expect(failed.getByRole("button", { name: "Read again" })).toBeVisible();
    await expectNoViolations(page);

    await page.goto(`/fixtures?view=${view}&state=empty`);
    if (view === "machine") await expect(main).toContainText("Nobody has looked at it yet");
    else if (view === "campaign") await expect(main).toContainText("0 of 0 machines verified");
    else await expect(main.locator('[data-state="empty"]').first()).toContainText(/First step|Nothing is exempt|first decision/);
    await expectNoViolations(page);

    await page.goto(`/fixtures?view=${view}&state=stale`);
    await expect(page.getByRole("alert").getByText(/Server gone since \d\d:\d\d/)).toBeVisible();
    await expect(main.locator('[data-state="stale"]').first()).toBeVisible();
  });
}
