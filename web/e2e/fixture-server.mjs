// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Serves a build of the console and the fixture's API on 127.0.0.1, for tests and pictures without a real server.
// Usage: node e2e/fixture-server.mjs [--dist DIR] [--port N] [--machines N] [--kind fight|closed|fresh]
// Its sign-in link is /sign-in#good. POST /fixture/world changes the world: {"kind", "machines", "rights", "gone": true}.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sessionCookie } from "../tools/session-cookie.mjs";
import { answer } from "./fixture/answer.mjs";
import { makeWorld } from "./fixture/world.mjs";

/** @param {string} name @param {string} otherwise */
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise);
};
const dist = resolve(option("dist", fileURLToPath(new URL("../dist", import.meta.url))));
const port = Number(option("port", "7441"));
const cookie = sessionCookie(`http://127.0.0.1:${port}`);
const machines = Number(option("machines", "36"));
const kind = /** @type {"fight" | "closed" | "fresh"} */ (option("kind", "fight"));

let world = makeWorld({ machines, kind });
let refuseEvents = false;
/** @type {Set<import("node:http").ServerResponse>} */
const streams = new Set();
let lastEvent = 0;
/** @param {import("../src/api").Event} event */
function tell(event) {
  lastEvent += 1;
  for (const stream of streams) stream.write(`id: ${lastEvent}\ndata: ${JSON.stringify(event)}\n\n`);
}

const types = /** @type {Record<string, string>} */ ({
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
});

/** @param {import("node:http").IncomingMessage} request */
async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://fixture");
  const method = request.method ?? "GET";
  if (url.pathname === "/fixture/world" && method === "POST") {
    const wish = await bodyOf(request);
    world = makeWorld({ machines: wish.machines ?? machines, kind: wish.kind ?? kind });
    if (wish.rights) world.rights = wish.rights;
    if (wish.newerPlaybook) world.newerPlaybook = true;
    if (wish.campaignState) {
      world.campaignState = wish.campaignState;
      world.gated = false;
    }
    refuseEvents = wish.gone === true;
    if (refuseEvents) for (const stream of streams) stream.destroy();
    else tell({ kind: "reload" });
    response.end("{}");
    return;
  }
  if (url.pathname.startsWith("/api/")) {
    const signed = (request.headers.cookie ?? "").includes(`${cookie}=`);
    const free = url.pathname === "/api/health" || url.pathname === "/api/sign-in";
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Cache-Control", "no-store");
    if (refuseEvents) {
      request.socket.destroy();
      return;
    }
    if (!signed && !free) {
      response.writeHead(401);
      response.end(JSON.stringify({ code: "unauthenticated", sentence: "you are not signed in", effect: "none" }));
      return;
    }
    if (url.pathname === "/api/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(": here\n\n");
      streams.add(response);
      request.on("close", () => streams.delete(response));
      return;
    }
    // The world stands still but for its clock, so that pictures of it agree.
    const past = Date.now() - world.now;
    if (past > 30_000) {
      world.now += past;
      world.opened += past;
    }
    const said = answer(world, {
      method,
      path: url.pathname,
      query: url.searchParams,
      body: method === "POST" ? await bodyOf(request) : null,
    });
    if (url.pathname === "/api/sign-in" && said.status === 200)
      response.setHeader("Set-Cookie", `${cookie}=fixture; Path=/; HttpOnly; SameSite=Strict`);
    response.writeHead(said.status);
    response.end(JSON.stringify(said.body));
    if (said.event) tell(said.event);
    return;
  }
  const file = join(dist, normalize(url.pathname));
  const found = file.startsWith(dist) && existsSync(file) && statSync(file).isFile() ? file : join(dist, "index.html");
  response.writeHead(200, { "Content-Type": types[extname(found)] ?? "application/octet-stream" });
  createReadStream(found).pipe(response);
});

server.listen(port, "127.0.0.1", () => console.log(`fixture on http://127.0.0.1:${port}`));
process.on("SIGTERM", () => process.exit(0));
