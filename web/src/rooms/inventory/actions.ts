// SPDX-License-Identifier: Apache-2.0
import type { Import, Sweep } from "../../api";
import { keyed, useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const useRetire = (done?: () => void) =>
  useAct(
    ({ id, reason }: { id: number; reason: string }, key) =>
      take(api.POST("/api/assets/{id}/retire", { params: { path: { id }, ...keyed(key) }, body: { reason } })),
    [["asset"], keys.assets, keys.now],
    done,
  );

export const useCheck = (done?: (sweep: Sweep) => void) =>
  useAct(
    (assets: number[], key) => take(api.POST("/api/checks", { params: keyed(key), body: { assets } })),
    [keys.sweeps, ["asset"]],
    done,
  );

export interface ListFile {
  file: File;
  source: string;
  dry: boolean;
}
export const useImportList = (done: (result: Import) => void) =>
  useAct(
    ({ file, source, dry }: ListFile, key) =>
      take(
        api.POST("/api/imports", {
          params: { query: { name: file.name, dry_run: dry, ...(source !== "" ? { source } : {}) }, ...keyed(key) },
          // The file goes as it is; the types call a binary body a string.
          body: file as unknown as string,
          bodySerializer: (body) => body as unknown as BodyInit,
          headers: { "Content-Type": "application/octet-stream" },
        }),
      ),
    [keys.imports, keys.now, keys.assets],
    done,
  );
