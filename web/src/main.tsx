// SPDX-License-Identifier: Apache-2.0
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./kit/css/fonts.css";
import "./kit/css/tokens.css";
import "./kit/css/base.css";
import "./kit/css/frame.css";
import "./kit/css/parts.css";
import "./kit/css/now.css";
import "./kit/css/machines.css";
import "./kit/css/pages.css";
import "./kit/css/phone.css";
import "./kit/css/print.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
if (import.meta.env.MODE === "fixtures" && location.pathname === "/fixtures") {
  const { FixturesPage } = await import("./fixtures/page");
  createRoot(root).render(<FixturesPage />);
} else {
  createRoot(root).render(<App />);
}
