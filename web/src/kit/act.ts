// SPDX-License-Identifier: Apache-2.0
// An act: one press, one idempotency key. The key stays the same until the act was answered, so that pressing again after a
// lost answer asks for the same act and not for a second one.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { newKey } from "./api";
import { sentenceOf } from "./errors";

export interface Act<V> {
  run: (what: V) => void;
  pending: boolean;
  trouble: string | null;
  reset: () => void;
}

const fileByName = (_: string, value: unknown) => (value instanceof File ? [value.name, value.size, value.lastModified] : value);

// The header that carries an act's key.
export const keyed = (key: string) => ({ header: { "Idempotency-Key": key } });

// `touches`: the queries that the act makes old, at once and not only when the event arrives.
export function useAct<V, R>(
  perform: (what: V, key: string) => Promise<R>,
  touches: readonly (readonly unknown[])[],
  done?: (result: R) => void,
): Act<V> {
  const client = useQueryClient();
  const key = useRef(newKey());
  const asked = useRef("");
  const mutation = useMutation({
    networkMode: "always",
    mutationFn: (what: V) => {
      // Another request is another act, even while the first one's answer is missing.
      const request = JSON.stringify(what, fileByName) ?? "";
      if (asked.current !== "" && asked.current !== request) key.current = newKey();
      asked.current = request;
      return perform(what, key.current);
    },
    onSuccess: (result) => {
      key.current = newKey();
      done?.(result);
    },
    onSettled: () => Promise.all(touches.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  return {
    run: (what) => mutation.mutate(what),
    pending: mutation.isPending,
    trouble: mutation.error ? sentenceOf(mutation.error) : null,
    reset: () => {
      key.current = newKey();
      mutation.reset();
    },
  };
}
