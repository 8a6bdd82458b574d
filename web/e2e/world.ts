// SPDX-License-Identifier: Apache-2.0
// What the tests share: signing in at the fixture server, and making its world what a test needs.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { sessionCookie } from "../tools/session-cookie.mjs";

export interface Wish {
  machines?: number;
  kind?: "fight" | "closed" | "fresh";
  rights?: string[];
  campaignState?: "draft" | "approved" | "running";
  gone?: boolean;
  newerPlaybook?: boolean;
}
export async function makeWorld(page: Page, wish: Wish = {}): Promise<void> {
  await page.request.post("/fixture/world", { data: wish });
}
export async function signIn(page: Page, path = "/"): Promise<void> {
  const url = new URL("/", page.url().startsWith("http") ? page.url() : base()).href;
  await page.context().addCookies([{ name: sessionCookie(url), value: "fixture", url }]);
  await page.goto(path);
}
function base(): string {
  return `http://127.0.0.1:${process.env.FIXTURE_PORT ?? 7441}`;
}
export async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
}
export const reader = ["read"];
