// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { api, take } from "../../kit/api";
import { learnServerTime } from "../../kit/now";
import { keys } from "../../kit/query_keys";

export const useMe = () => useQuery({ queryKey: keys.me, queryFn: () => take(api.GET("/api/me")), staleTime: 60_000 });

export const useHealth = () =>
  useQuery({ queryKey: keys.health, queryFn: () => take(api.GET("/api/health")), staleTime: 60_000 });

// Asked again every quarter of a minute even when no event came: it carries the time of the last fact, and a silent connection
// that the network dropped shows here first.
export const useNowPicture = () =>
  useQuery({
    queryKey: keys.now,
    queryFn: async () => {
      const now = await take(api.GET("/api/now"));
      learnServerTime(now.as_of_ms);
      return now;
    },
    refetchInterval: 15_000,
  });

export const usePeople = () => useQuery({ queryKey: keys.people, queryFn: () => take(api.GET("/api/people")) });
export const useScope = () => useQuery({ queryKey: keys.scope, queryFn: () => take(api.GET("/api/scope")) });
export const useExemptions = () => useQuery({ queryKey: keys.exemptions, queryFn: () => take(api.GET("/api/exemptions")) });
export const useHostKeys = () => useQuery({ queryKey: keys.hostKeys, queryFn: () => take(api.GET("/api/host-keys")) });
export const useCredentials = () => useQuery({ queryKey: keys.credentials, queryFn: () => take(api.GET("/api/credentials")) });
export const useSigners = () => useQuery({ queryKey: keys.signers, queryFn: () => take(api.GET("/api/signers")) });

export const ledgerPage = 100;
export const useLedgerTotal = () =>
  useQuery({
    queryKey: [...keys.ledger, "total"],
    queryFn: () => take(api.GET("/api/ledger", { params: { query: { limit: 1 } } })),
  });
