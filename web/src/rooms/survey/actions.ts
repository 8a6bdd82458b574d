// SPDX-License-Identifier: Apache-2.0
import { useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const useStartSweep = () =>
  useAct(
    (_: null, key) => take(api.POST("/api/sweeps", { params: { header: { "Idempotency-Key": key } } })),
    [keys.sweeps, keys.now],
  );
