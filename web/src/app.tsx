// SPDX-License-Identifier: Apache-2.0
// Which page an address shows, and who may see it: without a session there is only the door.
import { QueryCache, QueryClient, QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { type ComponentType, useState } from "react";
import { I18nProvider } from "react-aria-components";
import { ApiError } from "./kit/api";
import type { Live } from "./kit/live";
import { LiveProvider } from "./kit/live_context";
import { Patterns } from "./kit/mark";
import { keys } from "./kit/query_keys";
import { go, useHere } from "./kit/url";
import { Failed, Loading } from "./kit/view";
import { signOut } from "./rooms/incident/actions";
import { ExemptionsPage } from "./rooms/incident/exemptions";
import { Frame } from "./rooms/incident/frame";
import { LedgerPage } from "./rooms/incident/ledger";
import { Missing } from "./rooms/incident/missing";
import { NowPage } from "./rooms/incident/now_page";
import { PeoplePage } from "./rooms/incident/people";
import { useMe } from "./rooms/incident/queries";
import { SettingsPage } from "./rooms/incident/settings";
import { SignIn } from "./rooms/incident/sign_in";
import { ListsPage } from "./rooms/inventory/lists";
import { MachinePage } from "./rooms/inventory/machine_page";
import { MachinesPage } from "./rooms/inventory/machines_page";
import { PlaybookPage } from "./rooms/playbook/playbook_page";
import { CampaignPage } from "./rooms/remediate/campaign_page";
import { CampaignsPage } from "./rooms/remediate/campaigns_page";
import { SweepsPage } from "./rooms/survey/sweeps_page";

const pages: Record<string, ComponentType> = {
  "/": NowPage,
  "/machines": MachinesPage,
  "/campaigns": CampaignsPage,
  "/sweeps": SweepsPage,
  "/exemptions": ExemptionsPage,
  "/lists": ListsPage,
  "/playbook": PlaybookPage,
  "/ledger": LedgerPage,
  "/people": PeoplePage,
  "/settings": SettingsPage,
};

function Page() {
  const { path } = useHere();
  const Plain = pages[path];
  if (Plain) return <Plain />;
  const one = /^\/(machines|campaigns)\/(\d{1,15})$/.exec(path);
  if (one?.[1] === "machines") return <MachinePage key={path} id={Number(one[2])} />;
  if (one?.[1] === "campaigns") return <CampaignPage key={path} id={Number(one[2])} />;
  return <Missing path={path} />;
}

const laterCodes = new Set(["unreachable", "timed_out"]);

// `networkMode: always`: a network without internet is the usual case here, and a browser may call that "offline".
export function newClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (error instanceof ApiError && error.code === "unauthenticated" && query.queryKey[0] !== keys.me[0])
          client.resetQueries({ queryKey: keys.me });
      },
    }),
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 10_000,
        retry: (failures, error) => failures < 1 && error instanceof ApiError && laterCodes.has(error.code),
        retryDelay: 800,
      },
    },
  });
  return client;
}

function Inside() {
  const me = useMe();
  const client = useQueryClient();
  const { path } = useHere();
  async function leave() {
    await signOut().catch(() => undefined); // the session is gone from this page in any case
    client.clear();
    go("/sign-in");
    location.reload();
  }
  if (path === "/sign-in" || (me.error instanceof ApiError && me.error.code === "unauthenticated")) return <SignIn />;
  if (!me.data) {
    return (
      <main className="door">
        {me.error ? <Failed what="who you are" error={me.error} again={() => me.refetch()} /> : <Loading what="who you are" />}
      </main>
    );
  }
  return (
    <LiveProvider>
      <Frame me={me.data} onSignOut={leave}>
        <Page />
      </Frame>
    </LiveProvider>
  );
}

export function App({ live }: { live?: Live }) {
  const [client] = useState(newClient);
  return (
    // The console speaks English; so do the components' own words, and the build leaves out all others (vite.config.ts).
    <I18nProvider locale="en-US">
      <QueryClientProvider client={client}>
        <Patterns />
        {live ? <FixedLive live={live} /> : <Inside />}
      </QueryClientProvider>
    </I18nProvider>
  );
}

// For the fixture page: the frame with a stream that is in a given state.
function FixedLive({ live }: { live: Live }) {
  const me = useMe();
  if (!me.data) return null;
  return (
    <LiveProvider fixed={live}>
      <Frame me={me.data} onSignOut={() => undefined}>
        <Page />
      </Frame>
    </LiveProvider>
  );
}
