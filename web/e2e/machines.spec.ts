// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "@playwright/test";
import { expectNoViolations, makeWorld, signIn } from "./world";

test.beforeEach(({ page }) => makeWorld(page));

const total = (text: string) => new RegExp(`^${text} machines?$`);

for (const scheme of ["light", "dark"] as const) {
  test(`machines have no accessibility violations, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await signIn(page, "/machines");
    await expect(page.getByRole("row").nth(5)).toBeVisible();
    await page.keyboard.press("x");
    await expect(page.getByRole("region", { name: "Selected machines" })).toBeVisible();
    await expectNoViolations(page);
  });
}

test("filters, search and sort are the URL, and going back undoes them", async ({ page }) => {
  await signIn(page, "/machines");
  await page.getByRole("checkbox", { name: /^Infected\s*4$/ }).check();
  await expect(page).toHaveURL("/machines?disposition=infected");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(total("4"));
  await page.getByRole("checkbox", { name: /^Vulnerable/ }).check();
  await expect(page).toHaveURL("/machines?disposition=infected,vulnerable");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(total("10"));
  await page.getByRole("button", { name: "Name" }).click();
  await expect(page).toHaveURL("/machines?disposition=infected,vulnerable&sort=name");
  await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "ascending");
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL("/machines?disposition=infected");
  await page.getByRole("button", { name: /^Remove the filter/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(total("36"));
});

test("a URL alone gives the list", async ({ page }) => {
  await signIn(page, "/machines?disposition=open&place=Works");
  await expect(page.getByRole("checkbox", { name: /^Unknown/ })).toBeChecked();
  await expect(page.getByRole("checkbox", { name: /^Works/ })).toBeChecked();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText(total("36"));
});

test("a filter that the server does not know is refused, not taken for all", async ({ page }) => {
  await signIn(page, "/machines?disposition=sick");
  await expect(page.getByRole("alert")).toContainText('"sick" is no disposition');
  await expect(page.getByRole("grid")).toHaveCount(0);
});

test("search follows the typing; / leads to it", async ({ page }) => {
  await signIn(page, "/machines");
  await expect(page.getByRole("grid")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("wrk-");
  await expect(page).toHaveURL("/machines?q=wrk-");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(total("8"));
});

test("j, k, x and Enter work; the selection is a frozen list", async ({ page }) => {
  await signIn(page, "/machines");
  await expect(page.getByRole("row").nth(3)).toBeVisible();
  for (const key of ["j", "j", "x", "k", "x"]) await page.keyboard.press(key);
  const bar = page.getByRole("region", { name: "Selected machines" });
  await expect(bar).toContainText("2 machines selected");
  await expect(bar).toContainText("2 infected");
  await page.getByRole("checkbox", { name: /^Fixed/ }).check();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(total("14"));
  await expect(bar).toContainText("2 machines selected");
  await page.keyboard.press("Escape");
  await expect(bar).toBeHidden();
});

test("a campaign is planned only for the typed count", async ({ page }) => {
  await signIn(page, "/machines?disposition=infected");
  await page.getByRole("button", { name: "Select all 4" }).click();
  await page.getByRole("button", { name: "Plan a campaign" }).click();
  const plan = page.getByRole("button", { name: "Plan for 4" });
  await expect(plan).toBeDisabled();
  await page.getByLabel("Type 4").fill("3");
  await expect(plan).toBeDisabled();
  await page.getByLabel("Type 4").fill("4");
  const asked = page.waitForRequest((r) => r.method() === "POST" && r.url().endsWith("/api/campaigns"));
  await plan.click();
  const request = await asked;
  expect(request.postDataJSON().assets).toHaveLength(4);
  expect(request.headers()["idempotency-key"]).toMatch(/^[0-9a-f]{32}$/);
  await expect(page).toHaveURL("/campaigns/2");
});

test("one machine is retired with a reason, and found among the retired", async ({ page }) => {
  await signIn(page, "/machines?disposition=unknown");
  await page.getByRole("row").nth(1).getByRole("checkbox").check();
  await page.getByRole("button", { name: /^Retire / }).click();
  await page.getByLabel("Reason, for the ledger").fill("scrapped in March");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Retire / })
    .click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(total("4"));
  await page.getByRole("checkbox", { name: /^Retired/ }).check();
  await expect(page).toHaveURL("/machines?disposition=retired");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(total("2"));
});

for (const [machines, last] of [
  [100_000, "100001"],
  [1_000_000, "1000001"],
] as const) {
  test(`${machines} rows: every one can be reached, and few are in the page`, async ({ page }) => {
    test.setTimeout(90_000);
    await makeWorld(page, { machines });
    await signIn(page, "/machines?sort=name");
    const grid = page.getByRole("grid");
    await expect(page.locator("#row-0 .g-name")).toBeVisible({ timeout: 30_000 });
    await grid.focus();
    await page.keyboard.press("End");
    await expect(page.locator(`#row-${machines - 1} .g-name`)).toBeVisible({ timeout: 30_000 });
    await expect(page.locator(`#row-${machines - 1}`)).toHaveAttribute("aria-rowindex", last);
    expect(await page.getByRole("row").count()).toBeLessThan(120);
    const box = await page.locator(`#row-${machines - 1}`).boundingBox();
    expect(box?.y ?? 0).toBeGreaterThan(200);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(730);
    await page.keyboard.press("Home");
    await expect(page.locator("#row-0 .g-name")).toBeVisible({ timeout: 30_000 });
    // Half way by the scroll bar is half way in the list.
    await grid.evaluate((e) => {
      e.scrollTop = (e.scrollHeight - e.clientHeight) / 2;
    });
    await expect(page.locator(`#row-${machines / 2} .g-name`)).toBeVisible({ timeout: 30_000 });
  });
}
