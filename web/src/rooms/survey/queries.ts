// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const useSweeps = () => useQuery({ queryKey: keys.sweeps, queryFn: () => take(api.GET("/api/sweeps")) });
