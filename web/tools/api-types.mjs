// SPDX-License-Identifier: Apache-2.0
// Makes src/api.d.ts from api/openapi.yaml; with --check it only says whether the committed file is fresh.
// The generator lives in tools/ with a TypeScript of its own (see tools/package.json).
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = fileURLToPath(new URL("../../api/openapi.yaml", import.meta.url));
const target = fileURLToPath(new URL("../src/api.d.ts", import.meta.url));
const generator = `${here}node_modules/openapi-typescript/bin/cli.js`;
const check = process.argv.includes("--check");

if (!existsSync(generator)) {
  console.error("api-types: web/tools has no packages yet; run `npm ci` in web/tools");
  process.exit(2);
}
const header = "// SPDX-License-Identifier: Apache-2.0\n// Made from api/openapi.yaml by `npm run types`; do not edit.\n";
const types =
  header +
  execFileSync(process.execPath, [generator, source, "--root-types", "--root-types-no-schema-prefix"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

if (!check) {
  writeFileSync(target, types);
} else if (!existsSync(target) || readFileSync(target, "utf8") !== types) {
  console.error("api-types: web/src/api.d.ts is older than api/openapi.yaml; run `npm run types` in web/ and commit the result");
  process.exit(1);
}
