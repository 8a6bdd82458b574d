// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "@playwright/test";
import { expectNoViolations, makeWorld, signIn } from "./world";

test.beforeEach(({ page }) => makeWorld(page));

test("without a session there is only the door", async ({ page }) => {
  await page.goto("/machines");
  await expect(page.getByRole("heading", { name: "Open your one-time link." })).toBeVisible();
  await expect(page.getByRole("navigation")).toHaveCount(0);
  await expectNoViolations(page);
});

test("a link signs in, once, and its code leaves the address", async ({ page }) => {
  await page.goto("/sign-in#good");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("infected machines");
  expect(new URL(page.url()).pathname + new URL(page.url()).hash).toBe("/");
});

test("a used link says what to do", async ({ page }) => {
  await page.goto("/sign-in#used");
  await expect(page.getByRole("alert")).toContainText("This link was used already.");
  await expect(page.getByRole("alert")).toContainText("douse person invite NAME");
  await page.getByLabel("One-time link, or its code").fill("http://127.0.0.1/sign-in#good");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("infected machines");
});

test("a used link leads whoever is signed in here to the console", async ({ page }) => {
  await signIn(page);
  await page.goto("/sign-in#used");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("infected machines");
  await expect(page).toHaveURL(/:\d+\/$/);
});

test("signing out leads back to the door", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: /Miriam Okafor/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/sign-in/);
});
