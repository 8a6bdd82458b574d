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
            <table className="rows-table ledger">
              <thead>
                <tr>
                  <th scope="col" className="r">
                    Row
                  </th>
                  <th scope="col">When</th>
                  <th scope="col">Who</th>
                  <th scope="col">What</th>
                  <th scope="col">On</th>
                  <th scope="col">Detail</th>
                  <th scope="col" className="r">
                    Hash
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row key={row.seq} row={row} now={t} broken={check?.result.first_broken ?? null} />
                ))}
              </tbody>
            </table>
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

function Row({ row, now, broken }: { row: LedgerRow; now: number; broken: number | null }) {
  const bad = broken !== null && row.seq >= broken;
  return (
    <tr className={bad ? "broken" : ""}>
      <th scope="row" className="r dim" data-label="Row">
        {count(row.seq)}
      </th>
      <td className="nw mut" data-label="When" title={clockSeconds(row.at_ms)}>
        {moment(row.at_ms, now)}
      </td>
      <td className="m" data-label="Who">
        {row.person}
      </td>
      <td className="mono" data-label="What">
        {row.action}
      </td>
      <td data-label="On">{row.subject}</td>
      <td className="wrapc mut" data-label="Detail">
        {sayDetail(row.detail, now)}
      </td>
      <td className="r mono dim nw" data-label="Hash" title={row.hash}>
        {shortHash(row.hash)}
      </td>
    </tr>
  );
}
