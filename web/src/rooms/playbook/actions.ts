// SPDX-License-Identifier: Apache-2.0
import type { NewPlaybook, Playbook } from "../../api";
import { useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const usePutPlaybook = (done: (playbook: Playbook) => void) =>
  useAct((body: NewPlaybook) => take(api.POST("/api/playbooks", { body })), [keys.playbooks], done);
