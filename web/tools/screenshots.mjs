// SPDX-License-Identifier: Apache-2.0
// Takes the pictures of docs/screenshots: Now, Machines, one machine, the campaign; 1440x900 and 390x844; light and dark.
// Usage: DOUSE_URL=http://127.0.0.1:PORT DOUSE_TOKEN=TOKEN node tools/screenshots.mjs [OUT_DIR]
// The machine is the first one of the list (worst first), or DOUSE_MACHINE; the campaign is the newest, or DOUSE_CAMPAIGN.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { sessionCookie } from "./session-cookie.mjs";

const base = process.env.DOUSE_URL;
const token = process.env.DOUSE_TOKEN;
if (!base || !token) {
  console.error("screenshots: set DOUSE_URL and DOUSE_TOKEN (a session's token)");
  process.exit(2);
}
const out = process.argv[2] ?? fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
mkdirSync(out, { recursive: true });

const headers = { Authorization: `Bearer ${token}`, Cookie: `${sessionCookie(base)}=${token}` };
/** @param {string} path */
async function read(path) {
  const answer = await fetch(`${base}${path}`, { headers });
  if (!answer.ok) throw new Error(`screenshots: ${path} answered ${answer.status}`);
  return answer.json();
}
// A machine with a story: one that was cleaned and verified in a campaign, else the worst.
async function pickMachine() {
  if (process.env.DOUSE_MACHINE) return process.env.DOUSE_MACHINE;
  const { rows } = await read("/api/assets?sort=disposition&order=asc&limit=1");
  const { rows: fixed } = await read("/api/assets?disposition=fixed&limit=50");
  for (const row of fixed) {
    const detail = await read(`/api/assets/${row.id}`);
    if (detail.tasks.length > 0 && detail.evidence.length > 2) return row.id;
  }
  return rows[0]?.id;
}
async function pickCampaign() {
  if (process.env.DOUSE_CAMPAIGN) return process.env.DOUSE_CAMPAIGN;
  const { campaigns } = await read("/api/campaigns");
  return campaigns[0]?.id;
}
const machine = await pickMachine();
const campaign = await pickCampaign();
const pages = [
  ["now", "/"],
  ["machines", "/machines"],
  ...(machine ? [["machine", `/machines/${machine}`]] : []),
  ...(campaign ? [["campaign", `/campaigns/${campaign}`]] : []),
];
/** @type {[string, number, number][]} */
const sizes = [
  ["", 1440, 900],
  ["-phone", 390, 844],
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell",
  args: ["--no-sandbox"],
});
try {
  for (const [suffix, width, height] of sizes) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
      await context.addCookies([{ name: sessionCookie(base), value: token, url: base }]);
      const page = await context.newPage();
      for (const [name, path] of pages) {
        await page.goto(base + path);
        await page.locator('[data-state="shown"]').first().waitFor();
        await page.evaluate(() => document.fonts.ready);
        if (name === "machines") await page.locator(".tr .g-name").first().waitFor();
        await page.getByText(/^Live/).first().waitFor();
        await page.screenshot({ path: `${out}/${name}${suffix}-${colorScheme}.png` });
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
}
console.log(`screenshots: ${pages.length * 4} pictures in ${out}`);
