// SPDX-License-Identifier: Apache-2.0
// Signing in: a one-time link is redeemed, and the server sets the session. The code after # never leaves the browser by itself.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "../../kit/api";
import { Press } from "../../kit/button";
import { sentence } from "../../kit/errors";
import { Field } from "../../kit/form";
import { useTitle } from "../../kit/now";
import { go } from "../../kit/url";
import { isSignedIn, signIn } from "./actions";
import { Brand } from "./brand";

const codeInUrl = () => (location.pathname === "/sign-in" ? decodeURIComponent(location.hash.slice(1)) : "");

// A link that was opened before, in a browser that is signed in by now (a reload, a bookmark): whoever is here goes on.
async function signInOrGoOn(code: string) {
  try {
    await signIn(code);
  } catch (reason) {
    const spent = reason instanceof ApiError && reason.code === "wrong_state" && code === codeInUrl();
    if (!spent || !(await isSignedIn())) throw reason;
  }
}

export function SignIn() {
  useTitle("Sign in");
  const client = useQueryClient();
  const [link, setLink] = useState("");
  const [trouble, setTrouble] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(codeInUrl() !== "");
  const redeemed = useRef("");

  async function redeem(code: string) {
    if (redeemed.current === code) return; // a link works once: asking twice would answer "used already"
    redeemed.current = code;
    setBusy(true);
    setTrouble(null);
    try {
      await signInOrGoOn(code);
      const back = new URLSearchParams(location.search).get("back");
      go(
        location.pathname !== "/sign-in"
          ? location.pathname + location.search
          : back?.startsWith("/") && !back.startsWith("//")
            ? back
            : "/",
        "replace",
      );
      await client.resetQueries();
    } catch (reason) {
      redeemed.current = "";
      setTrouble(
        reason instanceof ApiError ? reason : new ApiError({ code: "internal", sentence: "the page met a fault of its own" }),
      );
      setBusy(false);
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the link in the address is redeemed once, when the page opens
  useEffect(() => {
    const code = codeInUrl();
    if (code !== "") redeem(code);
  }, []);

  return (
    <main className="door">
      <Brand />
      <h1 className="say">{busy ? "Signing in…" : "Open your one-time link."}</h1>
      <p className="say2">
        Whoever added you to this incident was given a link for you. It works once, in one browser, and signs you in there.
      </p>
      {trouble && (
        <div className="note bad" role="alert">
          <b>{sentence(trouble.message)}</b>{" "}
          {trouble.code === "unreachable"
            ? "Nothing was used up. Check the address, or wait until the server is back."
            : trouble.code === "invalid"
              ? "Paste the whole link, or only the part after #."
              : "An owner or a deputy makes a new one: on the page People, or with douse person invite NAME. If it wasn't you who used the link, tell them at once."}
        </div>
      )}
      <form
        className="door-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (link.trim() !== "") redeem(link.trim());
        }}
      >
        <Field label="One-time link, or its code" value={link} onChange={setLink} required mono autoFocus={!busy} />
        <Press type="submit" kind="main" pending={busy} disabled={link.trim() === ""}>
          Sign in
        </Press>
      </form>
      <p className="dim sm">
        No link at all? On a first start the server prints the owner's link where it was started; when nobody can sign in any
        more, it prints a new one when started with: douse serve --new-owner-link.
      </p>
    </main>
  );
}
