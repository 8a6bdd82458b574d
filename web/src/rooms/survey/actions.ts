// SPDX-License-Identifier: Apache-2.0
import { keyed, useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const useStartSweep = () =>
  useAct((_: null, key) => take(api.POST("/api/sweeps", { params: keyed(key) })), [keys.sweeps, keys.now]);
