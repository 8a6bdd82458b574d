// SPDX-License-Identifier: Apache-2.0
// Every decision, newest first, each row bound to the one before it by its hash.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { LedgerRow } from "../../api";
import { api, take } from "../../kit/api";
import { Press } from "../../kit/button";
import { Trouble } from "../../kit/form";
import { clockSeconds, count, moment, plural, shortHash } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { keys } from "../../kit/query_keys";
import { type Column, RowsTable } from "../../kit/rows_table";
import { View } from "../../kit/view";
import { useVerifyLedger } from "./actions";
import { sayDetail } from "./entries";
import { ledgerPage } from "./queries";

function useLedger() {
  return useInfiniteQuery({
    queryKey: [...keys.ledger, "rows"],
    initialPageParam: 0,
    queryFn: ({ pageParam }) =>
      take(api.GET("/api/ledger", { params: { query: { limit: ledgerPage, ...(pageParam > 0 ? { before: pageParam } : {}) } } })),
    getNextPageParam: (last) => {
      const oldest = last.rows.at(-1);
      return last.rows.length < ledgerPage || !oldest || oldest.seq <= 1 ? undefined : oldest.seq;
    },
  });
}

type Check = { verified: boolean; rows: number; first_broken?: number | null; why?: string };

export function LedgerPage() {
  useTitle("Ledger");
  const asked = useLedger();
  const t = useNow();
  const [check, setCheck] = useState<{ result: Check; at: number } | null>(null);
  const verify = useVerifyLedger((result) => setCheck({ result, at: Date.now() }));
  return (
    <View
      asked={asked}
      what="the ledger"
      empty={({ pages }) =>
        pages[0]?.rows.length
          ? null
          : {
              title: "The ledger is empty",
              children: <p>The first decision writes its first row: opening an incident, adding a person.</p>,
            }
      }
    >
      {({ pages }) => {
        const rows = pages.flatMap((page) => page.rows);
        const firstBroken = check?.result.first_broken ?? null;
        return (
          <div className="page">
            <div className="page-head">
              <h1>{plural(pages[0]?.total ?? rows.length, "row")} in the ledger</h1>
              <div className="plan-act">
                <Press pending={verify.pending} onPress={() => verify.run(null)}>
                  Verify the chain
                </Press>
                {check && (
                  <span className={check.result.verified ? "sm mut" : "sm t-infected b"} role="status">
                    {check.result.verified
                      ? `All ${plural(check.result.rows, "row")} hold together, verified ${clockSeconds(check.at)}`
                      : `Row ${check.result.first_broken ?? "?"} is broken${check.result.why ? `: ${check.result.why}` : ""}. Stop here: nothing after it can be trusted.`}
                  </span>
                )}
                {verify.trouble && <Trouble>{verify.trouble}</Trouble>}
              </div>
            </div>
            <RowsTable
              look="ledger"
              columns={columns(t)}
              rows={rows}
              keyOf={(row) => row.seq}
              rowLook={(row) => (firstBroken !== null && row.seq >= firstBroken ? "broken" : "")}
            />
            {asked.hasNextPage && (
              <p className="under">
                <Press pending={asked.isFetchingNextPage} onPress={() => asked.fetchNextPage()}>
                  Older rows
                </Press>
              </p>
            )}
          </div>
        );
      }}
    </View>
  );
}

const columns = (t: number): Column<LedgerRow>[] => [
  { head: "Row", look: "r dim", cell: (row) => count(row.seq) },
  { head: "When", look: "nw mut", cell: (row) => moment(row.at_ms, t), hover: (row) => clockSeconds(row.at_ms) },
  { head: "Who", look: "m", cell: (row) => (row.person_id === null ? <i className="dim">Douse, the program</i> : row.person) },
  { head: "What", look: "mono", cell: (row) => row.action },
  { head: "On", cell: (row) => row.subject },
  { head: "Detail", look: "wrapc mut", cell: (row) => sayDetail(row.detail, t) },
  { head: "Hash", look: "r mono dim nw", cell: (row) => shortHash(row.hash), hover: (row) => row.hash },
];
