// SPDX-License-Identifier: Apache-2.0
// The first night by browser, on a real server with an empty folder: DOUSE_URL and DOUSE_LINK (the owner's one-time link). From the
// link to an incident whose books balance, with nothing but a playbook and an exported list. It leaves its session's token in the
// file DOUSE_TOKEN_FILE, for the tests that only look.
import { writeFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import type { Now } from "../src/api";
import { sessionCookie } from "../tools/session-cookie.mjs";
import { expectNoViolations } from "./world";

const url = process.env.DOUSE_URL ?? "";
const link = process.env.DOUSE_LINK ?? "";
let token = "";

const list = [
  "Name,DNSHostName,IPv4Address,OperatingSystem,LastLogonDate",
  "WS-101,ws-101.corp.example,10.20.1.11,Debian GNU/Linux 12,2026-11-20 08:00:00",
  "WS-102,ws-102.corp.example,10.20.1.12,Debian GNU/Linux 12,2026-11-21 08:00:00",
  "WS-103,ws-103.corp.example,10.20.2.13,Debian GNU/Linux 12,2026-11-22 08:00:00",
].join("\r\n");

test.describe("first night", () => {
  test.skip(url === "" || link === "", "DOUSE_URL and DOUSE_LINK are not set: no empty server to begin on");
  test.describe.configure({ mode: "serial" });
  test.use({ baseURL: url });

  async function enter(page: Page, path: string) {
    await page.context().addCookies([{ name: sessionCookie(url), value: token, url }]);
    await page.goto(path);
  }
  const pick = (page: Page, at: number, files: Parameters<ReturnType<Page["locator"]>["setInputFiles"]>[0]) =>
    page.getByRole("dialog").locator("input[type=file]").nth(at).setInputFiles(files);

  test("the one-time link signs in and can't be used again", async ({ page }) => {
    const code = link.slice(link.indexOf("#") + 1);
    await page.goto(`/sign-in#${code}`);
    await expect(page.getByRole("navigation").first()).toBeVisible();
    const cookie = (await page.context().cookies()).find((c) => c.name === sessionCookie(url));
    expect(cookie?.httpOnly).toBe(true);
    token = cookie?.value ?? "";
    if (process.env.DOUSE_TOKEN_FILE) writeFileSync(process.env.DOUSE_TOKEN_FILE, token, { mode: 0o600 });
    await page.context().clearCookies();
    await page.goto(`/sign-in?again#${code}`);
    await expect(page.getByRole("alert")).toBeVisible();
  });

  test("an empty console says what comes first", async ({ page }) => {
    await enter(page, "/");
    await expect(page.getByText("No incident is open").first()).toBeVisible();
    await expectNoViolations(page);
  });

  test("a playbook is stored, and a broken one is refused with its line", async ({ page }) => {
    await enter(page, "/playbook");
    await page.getByRole("button", { name: "Store a playbook…" }).click();
    await pick(page, 0, { name: "broken.yaml", mimeType: "text/yaml", buffer: Buffer.from("douse: 1\nidd: drill\n") });
    await page.getByRole("button", { name: "Store", exact: true }).click();
    await expect(page.getByRole("dialog").getByRole("alert")).toContainText("broken.yaml:1:1: error: the playbook has no id");
    await pick(page, 0, "../playbooks/drill.yaml");
    await page.getByRole("button", { name: "Store", exact: true }).click();
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Drill outbreak");
  });

  test("an incident is opened with its scope", async ({ page }) => {
    await enter(page, "/settings");
    await page.getByRole("button", { name: "Open an incident…" }).click();
    await page.getByLabel("What people will call it").fill("Night one");
    await page.getByLabel("Address ranges, one a line").fill("10.20.1.0/24\n10.20.2.0/24");
    await expectNoViolations(page);
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await expect(page.getByText("Night one").first()).toBeVisible();
    await expect(page.getByText("10.20.2.0/24")).toBeVisible();
  });

  test("a list is tried, imported and counted", async ({ page }) => {
    await enter(page, "/lists");
    await page.getByRole("button", { name: "Import a list…" }).click();
    await pick(page, 0, { name: "directory.csv", mimeType: "text/csv", buffer: Buffer.from(list) });
    await page.getByLabel("Which system it comes from").fill("directory");
    await page.getByRole("button", { name: "Try it" }).click();
    await expect(page.getByRole("dialog")).toContainText("Would take 3 of 3 rows");
    expect(((await (await page.request.get("/api/now")).json()) as Now).books.on_books).toBe(0);
    await page.getByRole("button", { name: "Import 3 rows" }).click();
    await expect(page.getByRole("dialog")).toContainText("Took 3 of 3 rows");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 list imported");
    await page.goto("/");
    await expect(page.locator(".eq")).toContainText("on the books");
    const shown = (await page.locator(".cnt b").allTextContents()).map(Number);
    expect(shown.reduce((a, b) => a + b, 0)).toBe(3);
    await expectNoViolations(page);
  });

  test("a machine that is gone is retired, with a reason, and leaves the books", async ({ page }) => {
    await enter(page, "/machines?q=ws-103");
    await page.locator(".tr .g-name a").first().click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(/ws-103/i);
    await page.getByRole("button", { name: /It is gone/ }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("Scrapped in spring.");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Retire/ })
      .click();
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(async () => {
      expect(((await (await page.request.get("/api/now")).json()) as Now).books.on_books).toBe(2);
    }).toPass();
  });

  test("whoever is added gets a link that is shown once", async ({ page }) => {
    await enter(page, "/people");
    await page.getByRole("button", { name: /^Add a person/ }).click();
    await page.getByRole("dialog").getByRole("textbox").first().fill("Bea");
    await page.getByRole("dialog").getByRole("button", { name: "Add, and show the link" }).click();
    await expect(page.getByRole("dialog")).toContainText("/sign-in#");
    await page.reload();
    await expect(page.getByText("not opened yet")).toBeVisible();
    await expect(page.getByText("/sign-in#")).toBeHidden();
  });
});
