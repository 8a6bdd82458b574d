// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

export const useCampaigns = () => useQuery({ queryKey: keys.campaigns, queryFn: () => take(api.GET("/api/campaigns")) });

export const useCampaign = (id: number) =>
  useQuery({
    queryKey: keys.campaign(id),
    queryFn: () => take(api.GET("/api/campaigns/{id}", { params: { path: { id } } })),
    enabled: id > 0,
  });
