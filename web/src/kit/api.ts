// SPDX-License-Identifier: Apache-2.0
// The one way to the server: a client typed by the API's description, and errors that carry the server's own code and sentence.
import createClient from "openapi-fetch";
import type { Error as ErrorBody, paths } from "../api";

let through: typeof fetch = (input, init) => fetch(input, init);
// For the fixture page only: answers without a server.
export function answerThrough(other: typeof fetch) {
  through = other;
}

export const api = createClient<paths>({
  baseUrl: "/",
  credentials: "same-origin",
  fetch: (request: Request) => through(request),
});

export class ApiError extends globalThis.Error {
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly effect: "none" | "unknown" | "done";
  constructor(body: ErrorBody) {
    super(body.sentence);
    this.code = body.code;
    this.detail = body.detail ?? "";
    this.hint = body.hint ?? "";
    this.effect = body.effect ?? "none";
  }
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

function errorOf(answer: { error?: unknown; response: Response }): ApiError {
  const body = answer.error as Partial<ErrorBody> | undefined;
  if (body && typeof body === "object" && typeof body.sentence === "string") {
    return new ApiError({ ...body, code: body.code ?? "internal", sentence: body.sentence });
  }
  return new ApiError({ code: "internal", sentence: `the server answered with status ${answer.response.status}` });
}

// The answer's body, or an ApiError. A request that got no answer is `unreachable`; whether an act happened is then not known.
export async function take<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (reason) {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw new ApiError({ code: "unreachable", sentence: "the server does not answer", effect: "unknown" });
  }
  if (answer.data === undefined) throw errorOf(answer);
  return answer.data;
}

// Same key, same answer: what makes a second press or a repeated request safe. randomUUID does not exist on plain http.
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
