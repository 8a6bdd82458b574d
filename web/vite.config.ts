// SPDX-License-Identifier: Apache-2.0
// The console's build: one page and hashed assets, nothing fetched from elsewhere at run time.
// `--mode fixtures` adds the hidden page /fixtures (every view in each of its five states) for tests; a release has no such page.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.DOUSE_URL ?? "http://127.0.0.1:7440";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: { proxy: { "/api": { target: server, changeOrigin: true } } },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    reporters: ["default", ["json", { outputFile: "../build/web/vitest.json" }]],
  },
});
