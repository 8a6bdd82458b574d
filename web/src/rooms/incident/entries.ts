// SPDX-License-Identifier: Apache-2.0
// What people typed or are handed, as the API takes and gives it. Pure.

// A link or only its code: what is handed over must open this console.
export const wholeLink = (link: string, origin: string): string =>
  /^https?:\/\//.test(link) ? link : link.startsWith("/") ? origin + link : `${origin}/sign-in#${link.replace(/^#/, "")}`;

// One range a line, or separated by spaces or commas; whether it can be read is for the server to say.
export const rangesOf = (text: string): string[] => text.split(/[\s,;]+/).filter((range) => range !== "");
