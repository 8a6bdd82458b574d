// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const usePlaybooks = () => useQuery({ queryKey: keys.playbooks, queryFn: () => take(api.GET("/api/playbooks")) });

export const usePlaybook = ({ id, sha256 }: { id: string; sha256: string }) =>
  useQuery({
    queryKey: keys.playbook(id, sha256),
    queryFn: () => take(api.GET("/api/playbooks/{id}", { params: { path: { id }, query: { sha256 } } })),
  });
