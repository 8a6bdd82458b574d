// SPDX-License-Identifier: Apache-2.0
import type { NewPlaybook, Playbook } from "../../api";
import { keyed, useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const usePutPlaybook = (done: (playbook: Playbook) => void) =>
  useAct((body: NewPlaybook, key) => take(api.POST("/api/playbooks", { params: keyed(key), body })), [keys.playbooks], done);
