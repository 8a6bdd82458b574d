// SPDX-License-Identifier: Apache-2.0
// Browser tests with Debian's Chromium. With DOUSE_URL and DOUSE_LINK (a one-time link) first_night.spec.ts runs against that empty
// server, and real.spec.ts against whatever it then holds; all others run against the fixture server, which serves a build that has the fixture page.
import { defineConfig } from "@playwright/test";

const port = Number(process.env.FIXTURE_PORT ?? 7441);
const dist = "../build/web/dist";

export default defineConfig({
  testDir: "e2e",
  outputDir: "../build/web/test-results",
  timeout: 45_000,
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ["json", { outputFile: "../build/web/playwright.json" }]],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell", args: ["--no-sandbox"] },
  },
  webServer: {
    command: `node_modules/.bin/vite build --mode fixtures --outDir ${dist} --emptyOutDir --logLevel warn && node e2e/fixture-server.mjs --port ${port} --dist ${dist}`,
    url: `http://127.0.0.1:${port}/api/health`,
    reuseExistingServer: false,
    timeout: 90_000,
  },
});
