// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "@playwright/test";
import { expectNoViolations, makeWorld, reader, signIn } from "./world";

test.beforeEach(({ page }) => makeWorld(page));

const pages = [
  "/machines/3",
  "/campaigns",
  "/campaigns/2",
  "/sweeps",
  "/exemptions",
  "/lists",
  "/playbook",
  "/ledger",
  "/people",
  "/settings",
  "/no-such-page",
];
for (const path of pages) {
  test(`${path} has no accessibility violations, in both themes`, async ({ page }) => {
    await signIn(page, path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByText(/^Reading/)).toHaveCount(0);
    await expectNoViolations(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectNoViolations(page);
  });
}

test("one machine: what decides stands above the dashes, the rest says why it doesn't", async ({ page }) => {
  await signIn(page, "/machines/15");
  const evidence = page.locator(".ev");
  await expect(evidence.locator("tbody").first()).toContainText("Fixed");
  await expect(evidence.locator("tbody.claim")).toContainText("outranked by our own look");
  await expect(evidence.locator("tbody.claim")).toContainText("history: before the last act");
  await expect(page.getByRole("img", { name: /Vulnerable\? fixed; Infected\? clean; Counted as fixed/ })).toBeVisible();
  await expect(page.getByText("Setting up drill-svc (1.0-2) ...")).toBeVisible();
});

test("one machine: check now asks for exactly this machine", async ({ page }) => {
  await signIn(page, "/machines/15");
  const asked = page.waitForRequest((r) => r.method() === "POST" && r.url().endsWith("/api/checks"));
  await expect(page.getByText("What can be done")).toBeVisible();
  await page.keyboard.press("c");
  expect((await asked).postDataJSON()).toEqual({ assets: [15] });
});

test("a campaign leads to its version of the playbook, and another version says that the incident doesn't use it", async ({
  page,
}) => {
  await makeWorld(page, { newerPlaybook: true });
  await signIn(page, "/campaigns/2");
  await page.getByRole("link", { name: "drill v1" }).first().click();
  const main = page.getByRole("main");
  await expect(main.locator(".facts")).toContainText("drill v1");
  await expect(main).toContainText("The incident uses this version. drill v2 is stored too");
  await main.getByRole("button", { name: "Version" }).click();
  await page.getByRole("option", { name: "drill v2" }).click();
  await expect(main.locator(".facts")).toContainText("drill v2");
  await expect(main).toContainText("The incident doesn't use this version. It uses drill v1.");
  await expectNoViolations(page);
  await main.getByRole("link", { name: "Show the one it uses" }).click();
  await expect(main.locator(".facts")).toContainText("drill v1");
  await page.goto("/playbook?sha256=gone");
  await expect(main).toContainText("No playbook with this hash is stored");
  await expectNoViolations(page);
});

test("a plan is approved by its hash, then started", async ({ page }) => {
  await makeWorld(page, { campaignState: "draft" });
  await signIn(page, "/campaigns/2");
  await page.getByRole("button", { name: "Approve…" }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet).toContainText("9c41d07f…d1ab");
  await expect(sheet).toContainText("drill v1");
  const asked = page.waitForRequest((r) => r.url().endsWith("/approve"));
  await sheet.getByRole("button", { name: "Approve plan 9c41d07f" }).click();
  expect((await asked).postDataJSON().plan_hash).toMatch(/^9c41d07f[0-9a-f]{56}$/);
  await page.getByRole("button", { name: "Start…" }).click();
  await page.getByRole("button", { name: "Start with the canary" }).click();
  await expect(page.getByText("machines verified")).toBeVisible();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "End…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "End campaign 2" }).click();
  await expect(page.getByRole("button", { name: /^Plan again, only the \d+ that failed$/ })).toBeVisible();
});

test("who may not approve is told who can", async ({ page }) => {
  await makeWorld(page, { campaignState: "draft", rights: reader });
  await signIn(page, "/campaigns/2");
  await expect(page.getByRole("button", { name: "Approve…" })).toBeDisabled();
  await expect(page.getByText("An owner or a deputy approves it")).toBeVisible();
});

test("a person's link is shown once, whole", async ({ page }) => {
  await signIn(page, "/people");
  await page.getByRole("button", { name: "Add a person…" }).click();
  await page.getByLabel("Name, as people know them").fill("Lena Brandt");
  await page.getByRole("button", { name: "Add, and show the link" }).click();
  await expect(page.locator(".one-link")).toHaveText(/^http:\/\/127\.0\.0\.1:\d+\/sign-in#q7Yw2kPzR4sT8vXn$/);
  await page.getByRole("button", { name: "Close, I have it" }).click();
  await expect(page.getByRole("row", { name: /Lena Brandt/ })).toContainText("not opened yet");
  await expect(page.locator("body")).not.toContainText("q7Yw2kPzR4sT8vXn");
});

test("who lost their link gets a new one, from who may give it", async ({ page }) => {
  await signIn(page, "/people");
  await page.getByRole("button", { name: "New link for Tomasz Sato" }).click();
  await expect(page.getByRole("dialog")).toContainText("Older links of Tomasz Sato are void");
  await expectNoViolations(page);
  await page.getByRole("button", { name: "Make the link, and show it" }).click();
  await expect(page.locator(".one-link")).toHaveText(/^http:\/\/127\.0\.0\.1:\d+\/sign-in#n3Hd8sLq0VbXe5Jc$/);
  await page.getByRole("button", { name: "Close, I have it" }).click();
  await makeWorld(page, { rights: reader });
  await page.reload();
  await expect(page.getByRole("row", { name: /Tomasz Sato/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /New link/ })).toHaveCount(0);
});

test("a list is tried before it is imported", async ({ page }) => {
  await signIn(page, "/lists");
  await page.getByRole("button", { name: "Import a list…" }).click();
  await page.getByLabel("File").setInputFiles({ name: "computers.csv", mimeType: "text/csv", buffer: Buffer.from("name\na\n") });
  await expect(page.getByRole("button", { name: "Import", exact: true })).toBeDisabled();
  const asked = page.waitForRequest((r) => r.url().includes("dry_run=true"));
  await page.getByRole("button", { name: "Try it" }).click();
  expect((await asked).headers()["content-type"]).toBe("application/octet-stream");
  await expect(page.getByRole("dialog")).toContainText("Would take 11 of 12 rows");
  await page.getByRole("button", { name: "Import 11 rows" }).click();
  await expect(page.getByRole("dialog")).toContainText("Took 11 of 12 rows");
});

test("the ledger's chain is verified on demand", async ({ page }) => {
  await signIn(page, "/ledger");
  await expect(page.getByRole("row", { name: /person\.invite_owner/ })).toContainText("Douse, the program");
  await page.getByRole("button", { name: "Verify the chain" }).click();
  await expect(page.getByText(/All 10 rows hold together/)).toBeVisible();
});

test("g and a letter lead to pages, ? shows every key, Escape closes it", async ({ page }) => {
  await signIn(page);
  await expect(page.getByText("Just happened")).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page).toHaveURL("/campaigns");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "All keys" });
  await expect(help).toContainText("Go to Machines");
  await expectNoViolations(page);
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
});

test("the theme that is chosen is kept", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: /Miriam Okafor/ }).click();
  await page.getByRole("menuitem", { name: /^Dark/ }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("nothing is fetched from elsewhere, and nothing fails in the console", async ({ page }) => {
  const hosts = new Set<string>();
  const faults: string[] = [];
  page.on("request", (r) => hosts.add(new URL(r.url()).host));
  page.on("console", (m) => m.type() === "error" && faults.push(m.text()));
  page.on("pageerror", (e) => faults.push(e.message));
  await signIn(page);
  for (const path of ["/", ...pages.slice(0, -1)]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  expect([...hosts]).toHaveLength(1);
  expect(faults).toEqual([]);
});

test("paper has the numbers and their time, and no buttons", async ({ page }) => {
  await signIn(page);
  await expect(page.getByText("Just happened")).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("navigation").first()).toBeHidden();
  await expect(page.getByRole("button", { name: /Review gate/ })).toBeHidden();
  await expect(page.locator(".clock")).toBeVisible();
  await expect(page.locator(".books-figure")).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });
  for (const path of [
    "/",
    "/machines",
    "/machines/3",
    "/campaigns/2",
    "/sweeps",
    "/ledger",
    "/people",
    "/settings",
    "/playbook",
  ]) {
    test(`${path} is one column and accessible`, async ({ page }) => {
      await signIn(page, path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByText(/^Reading/)).toHaveCount(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      await expectNoViolations(page);
    });
  }
  test("places are at the thumb, filters in a sheet", async ({ page }) => {
    await signIn(page);
    await page
      .getByRole("navigation", { name: "Pages" })
      .getByRole("link", { name: /^Machines/ })
      .click();
    await page.getByRole("button", { name: "+ Filter" }).click();
    await page
      .getByRole("dialog")
      .getByRole("checkbox", { name: /^Infected\s*4$/ })
      .check();
    await page.getByRole("button", { name: "Show 4" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("4 machines");
    await page.getByRole("button", { name: "More" }).click();
    await page
      .getByRole("dialog")
      .getByRole("link", { name: /^Ledger/ })
      .click();
    await expect(page).toHaveURL("/ledger");
  });
});
