// SPDX-License-Identifier: Apache-2.0
// The console's build: one page and hashed assets, nothing fetched from elsewhere at run time.
// `--mode fixtures` adds the hidden page /fixtures (every view in each of its five states) for tests; a release has no such page.
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env.DOUSE_URL ?? "http://127.0.0.1:8440";

// React Aria brings its words in thirty languages; this console has one (see I18nProvider in app.tsx).
const englishOnly: Plugin = {
  name: "english-only",
  enforce: "pre",
  load(id) {
    const locale =
      /\/(?:react-aria|react-stately|react-aria-components)\/dist\/private\/intl\/(?:[\w-]+\/)*([a-z]{2}-[A-Z]{2})\.m?js/.exec(
        id,
      );
    return locale && locale[1] !== "en-US" ? "export default {};" : null;
  },
};

export default defineConfig({
  plugins: [englishOnly, react()],
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: { proxy: { "/api": { target: server, changeOrigin: true } } },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    reporters: ["default", ["json", { outputFile: "../build/web/vitest.json" }]],
  },
});
