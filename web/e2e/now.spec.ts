// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "@playwright/test";
import { expectNoViolations, makeWorld, reader, signIn } from "./world";

test.beforeEach(({ page }) => makeWorld(page));

for (const scheme of ["light", "dark"] as const) {
  test(`now has no accessibility violations, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await signIn(page);
    await expect(page.getByText("Just happened")).toBeVisible();
    await expectNoViolations(page);
  });
}

test("the first line says how bad it is, and is a list", async ({ page }) => {
  await signIn(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("4 infected machines are still on the network.");
  await page.getByRole("link", { name: "4 infected machines" }).click();
  await expect(page).toHaveURL("/machines?disposition=infected");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("4 machines");
});

test("the bar fills its width, and its sums are the books'", async ({ page }) => {
  await signIn(page);
  const rects = page.locator(".books-figure rect");
  await expect(rects.first()).toBeVisible();
  const boxes = await page.locator(".books-figure svg").evaluate((svg) => {
    const edge = svg.getBoundingClientRect();
    const all = [...svg.querySelectorAll("rect")].map((r) => r.getBoundingClientRect());
    return { left: Math.min(...all.map((r) => r.left)) - edge.left, right: edge.right - Math.max(...all.map((r) => r.right)) };
  });
  expect(Math.abs(boxes.left)).toBeLessThan(1);
  expect(Math.abs(boxes.right)).toBeLessThan(1);
  const counts = await page.locator(".cnt b").allTextContents();
  expect(counts.map(Number).reduce((a, b) => a + b, 0)).toBe(36);
  await expect(page.locator(".eq")).toContainText("18 open + 17 done + 1 exempt = 36 on the books");
});

test("closed books are said to be closed", async ({ page }) => {
  await makeWorld(page, { kind: "closed" });
  await signIn(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The books are closed: 35 of 36 are done, 1 exempt.");
});

test("key 1 opens the first decision; a gate is settled with a reason", async ({ page }) => {
  await signIn(page);
  await expect(page.getByText("Wave 2 is held by its gate")).toBeVisible();
  await page.keyboard.press("1");
  const sheet = page.getByRole("dialog", { name: "Wave 2 is held by its gate" });
  await expect(sheet.getByText("2 of 9 failed")).toHaveCount(2);
  await expectNoViolations(page);
  const pass = sheet.getByRole("button", { name: "Pass the gate" });
  await expect(pass).toBeDisabled();
  await sheet.getByLabel("Reason, for the ledger").fill("the lock is gone by now");
  await pass.click();
  await expect(sheet).toBeHidden();
  await expect(page.getByText("Wave 2 is held by its gate")).toBeHidden();
  await page.goto("/ledger");
  await expect(page.getByText("the lock is gone by now")).toBeVisible();
});

test("an exemption and a host key are decided", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: /^Decide: exempt/ }).click();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await expect(page.getByRole("button", { name: /^Decide: exempt/ })).toBeHidden();
  await page.getByRole("button", { name: /^Compare keys/ }).click();
  await page.getByLabel("Reason, for the ledger").fill("installed anew, key read out by telephone");
  await page.getByRole("button", { name: /^Accept the new key/ }).click();
  await expect(page.getByRole("button", { name: /^Compare keys/ })).toBeHidden();
});

test("a first host key is confirmed by a person where only a password is left", async ({ page }) => {
  await signIn(page, "/settings");
  const row = page.getByRole("listitem").filter({ hasText: "10.20.20.200:22" });
  await expect(row).toContainText("never confirmed");
  await row.getByRole("button", { name: "Compare the keys of 10.20.20.200:22" }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet).toContainText("this is the first key seen there");
  await expect(sheet).toContainText("a password is given away by being sent");
  await sheet.getByLabel("Reason, for the ledger").fill("read out at the machine");
  await sheet.getByRole("button", { name: /^Accept the key/ }).click();
  await expect(row).toContainText("accepted by Miriam Okafor");
});

test("what a person may not decide says why", async ({ page }) => {
  await signIn(page);
  await expect(page.locator(".decisions")).toContainText("You asked for it, so another person approves.");
  await page.getByRole("button", { name: /^Look: campaign 3/ }).click();
  await expect(page.getByRole("dialog")).toContainText("another person approves");
  await expect(page.getByRole("button", { name: /^Approve plan/ })).toHaveCount(0);
});

test("stopping takes the typed word, and the whole console says so", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: /Stop new actions/ }).click();
  const sheet = page.getByRole("alertdialog");
  const stop = sheet.getByRole("button", { name: "Stop new actions" });
  await expect(stop).toBeDisabled();
  await sheet.getByLabel("Type stop").fill("stop");
  await stop.click();
  await expect(page.getByText("New actions are stopped").first()).toBeVisible();
  await expect(page.getByRole("button", { name: /Stop new actions/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Allow actions again…" }).click();
  await page.getByLabel("Reason, for the ledger").fill("the cause is found");
  await page.getByRole("button", { name: "Allow actions again", exact: true }).click();
  await expect(page.getByRole("button", { name: /Stop new actions/ })).toBeVisible();
});

test("a reader sees all and can press nothing that acts", async ({ page }) => {
  await makeWorld(page, { rights: reader });
  await signIn(page);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("infected machines");
  await expect(page.getByRole("button", { name: /Stop new actions/ })).toHaveCount(0);
  await page.goto("/machines/3");
  await expect(page.getByText("Your role looks on")).toBeVisible();
});

test("an event makes the picture new; a lost server is said to be gone", async ({ page }) => {
  await signIn(page);
  await expect(page.getByText(/^Live/)).toBeVisible();
  await makeWorld(page, { kind: "closed" });
  await expect(page.getByRole("heading", { level: 1 })).toContainText("The books are closed");
  await makeWorld(page, { gone: true });
  await expect(page.getByRole("alert").getByText(/Server gone since \d\d:\d\d/)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("The books are closed");
  await makeWorld(page, { kind: "fight" });
  await expect(page.getByText(/^Live/)).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("heading", { level: 1 })).toContainText("4 infected machines");
});

test("seven tabs share one stream and none is blocked", async ({ context, page }) => {
  await signIn(page);
  await expect(page.getByText(/^Live/)).toBeVisible();
  for (let i = 0; i < 6; i++) {
    const tab = await context.newPage();
    await tab.goto("/");
    await expect(tab.getByText(/^Live/)).toBeVisible();
    await expect(tab.getByRole("heading", { level: 1 })).toContainText("infected machines");
  }
  await makeWorld(page, { kind: "closed" });
  for (const tab of context.pages()) await expect(tab.getByRole("heading", { level: 1 })).toContainText("The books are closed");
  // The leader goes; another tab takes the stream.
  await page.close();
  const [other] = context.pages();
  if (!other) throw new Error("no tab is left");
  await makeWorld(other, { kind: "fight" });
  await expect(other.getByRole("heading", { level: 1 })).toContainText("4 infected machines", { timeout: 20_000 });
});
