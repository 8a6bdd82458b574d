// SPDX-License-Identifier: Apache-2.0
// What stands around every page: which incident, how live the picture is, who looks, the stop switch, and where else to go.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import type { Me, Now } from "../../api";
import { Press } from "../../kit/button";
import { Sheet } from "../../kit/dialog";
import { age, clock, count, weekdayClock } from "../../kit/format";
import { Help } from "../../kit/help";
import { useShortcuts } from "../../kit/keyboard";
import { Link } from "../../kit/link";
import { useLive } from "../../kit/live_context";
import { useNow } from "../../kit/now";
import { setTheme, type Theme, useTheme } from "../../kit/theme";
import { go, useHere } from "../../kit/url";
import { useCampaigns } from "../remediate/queries";
import { useSweeps } from "../survey/queries";
import { Brand } from "./brand";
import { useExemptions, useHealth, useLedgerTotal, useNowPicture } from "./queries";
import { roleNames } from "./roles";
import { StopButton, StoppedBanner } from "./stop";

interface Place {
  to: string;
  name: string;
  key: string;
  count?: number | string | undefined;
}

function usePlaces(now: Now | undefined): Place[][] {
  const campaigns = useCampaigns().data?.campaigns.length;
  const sweeps = useSweeps().data?.sweeps.length;
  const exemptions = useExemptions().data?.exemptions.length;
  const ledger = useLedgerTotal().data?.total;
  const playbook = now?.incident?.playbook;
  return [
    [
      { to: "/", name: "Now", key: "n" },
      { to: "/machines", name: "Machines", key: "m", count: now?.books.on_books },
    ],
    [
      { to: "/campaigns", name: "Campaigns", key: "c", count: campaigns },
      { to: "/sweeps", name: "Sweeps", key: "s", count: sweeps },
      { to: "/exemptions", name: "Exemptions", key: "e", count: exemptions },
    ],
    [
      { to: "/lists", name: "Lists", key: "i" },
      { to: "/playbook", name: "Playbook", key: "b", count: playbook ? `v${playbook.version}` : undefined },
    ],
    [
      { to: "/ledger", name: "Ledger", key: "l", count: ledger },
      { to: "/people", name: "People", key: "p" },
      { to: "/settings", name: "Settings", key: "t" },
    ],
  ];
}

const isOn = (to: string, path: string) => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`));

function Nav({ places, path }: { places: Place[][]; path: string }) {
  return (
    <nav className="nav" aria-label="Incident">
      {places.map((group, i) => (
        <div key={group[0]?.to} className={i > 0 ? "ruled" : undefined}>
          {group.map((place) => (
            <Link
              key={place.to}
              to={place.to}
              className={isOn(place.to, path) ? "on" : ""}
              aria-current={isOn(place.to, path) ? "page" : undefined}
            >
              {place.name}
              <span>{place.to === "/" ? "g n" : typeof place.count === "number" ? count(place.count) : place.count}</span>
            </Link>
          ))}
        </div>
      ))}
    </nav>
  );
}

// On a phone: three places at the thumb, the others behind More.
function Tabs({ places, path, me, onSignOut }: { places: Place[][]; path: string; me: Me; onSignOut: () => void }) {
  const theme = useTheme();
  const [open, setOpen] = useState(false);
  const flat = places.flat();
  const near = ["/", "/machines", "/campaigns"];
  const others = flat.filter((place) => !near.includes(place.to));
  return (
    <nav className="tabs" aria-label="Pages">
      {flat
        .filter((place) => near.includes(place.to))
        .map((place) => (
          <Link key={place.to} to={place.to} aria-current={isOn(place.to, path) ? "page" : undefined}>
            {place.name}
            {typeof place.count === "number" && <span>{count(place.count)}</span>}
          </Link>
        ))}
      <button
        type="button"
        aria-haspopup="dialog"
        aria-current={others.some((place) => isOn(place.to, path)) ? "page" : undefined}
        onClick={() => setOpen(true)}
      >
        More
      </button>
      <Sheet title="Go to" open={open} onClose={() => setOpen(false)}>
        <div className="thumb-list">
          {others.map((place) => (
            <Link key={place.to} to={place.to} onClick={() => setOpen(false)}>
              {place.name}
              <span>{typeof place.count === "number" ? count(place.count) : place.count}</span>
            </Link>
          ))}
        </div>
        <p className="mut">
          {me.person.name}, {roleNames[me.person.role]}
        </p>
        <div className="thumb-acts">
          <Press onPress={() => setTheme(theme === "dark" ? "light" : theme === "light" ? "system" : "dark")}>
            {theme === "dark" ? "Dark: to light" : theme === "light" ? "Light: as the system" : "As the system: to dark"}
          </Press>
          <Press onPress={onSignOut}>Sign out</Press>
        </div>
      </Sheet>
    </nav>
  );
}

function Search() {
  const { path, search } = useHere();
  const box = useRef<HTMLInputElement>(null);
  const q = path === "/machines" ? (search.get("q") ?? "") : "";
  const [typed, setTyped] = useState(q);
  useEffect(() => setTyped(q), [q]);
  useShortcuts("Everywhere", [{ keys: "/", what: "Search for a machine", run: () => box.current?.select() }]);
  function find(text: string, how: "push" | "replace") {
    const next = new URLSearchParams(path === "/machines" ? search : undefined);
    if (text.trim() === "") next.delete("q");
    else next.set("q", text.trim());
    const query = next.toString().replaceAll("%2C", ",");
    go(query === "" ? "/machines" : `/machines?${query}`, how);
  }
  // On the page of machines the list follows the typing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it waits for the typing alone
  useEffect(() => {
    if (path !== "/machines" || typed.trim() === q) return;
    const timer = setTimeout(() => find(typed, "replace"), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <search className="srch">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          find(typed, "push");
        }}
      >
        <input
          ref={box}
          type="search"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          placeholder="Name, address or other identifier…"
          aria-label="Search machines by name, address or another identifier"
          aria-keyshortcuts="/"
          autoComplete="off"
          spellCheck={false}
        />
        <kbd aria-hidden="true">/</kbd>
      </form>
    </search>
  );
}

function Liveness({ now }: { now: Now | undefined }) {
  const live = useLive();
  const t = useNow();
  const fact = now?.last_fact_at_ms;
  if (live.state === "gone") {
    return (
      <div className="live gone" role="status">
        <svg width="8" height="8" aria-hidden="true">
          <circle cx="4" cy="4" r="3.2" fill="none" stroke="currentColor" strokeWidth="1.4" />
        </svg>
        Server gone since {clock(live.since)}
      </div>
    );
  }
  return (
    <div className="live" role="status">
      <svg width="8" height="8" aria-hidden="true">
        <circle cx="4" cy="4" r="3.2" fill={live.state === "live" ? "currentColor" : "none"} stroke="currentColor" />
      </svg>
      {/* The age ticks each second; a reader hears of the state, not of the seconds. */}
      {live.state === "live" ? "Live" : "Connecting"}
      {fact ? <span aria-hidden="true">, last fact {age(t - fact)} ago</span> : live.state === "live" ? ", no fact yet" : ""}
    </div>
  );
}

function Clock() {
  const t = useNow();
  return (
    <time className="clock" dateTime={new Date(t).toISOString().slice(0, 16)}>
      {weekdayClock(t)}
    </time>
  );
}

function Who({ me, onKeys, onSignOut }: { me: Me; onKeys: () => void; onSignOut: () => void }) {
  const theme = useTheme();
  const themes: { id: Theme; name: string }[] = [
    { id: "system", name: "Light or dark as the system" },
    { id: "light", name: "Light" },
    { id: "dark", name: "Dark" },
  ];
  return (
    <MenuTrigger>
      <Button className="who" aria-label={`${me.person.name}, ${roleNames[me.person.role]}: menu`}>
        <b>{me.person.name}</b>
        <span>{roleNames[me.person.role]}</span>
      </Button>
      <Popover className="pop" placement="bottom end">
        <Menu
          className="options"
          onAction={(key) => {
            if (key === "keys") onKeys();
            else if (key === "out") onSignOut();
            else setTheme(key as Theme);
          }}
        >
          {themes.map((option) => (
            <MenuItem key={option.id} id={option.id} className="option" textValue={option.name}>
              <span>{option.name}</span>
              <span className="dim">{theme === option.id ? "now" : ""}</span>
            </MenuItem>
          ))}
          <Separator className="rule" />
          <MenuItem id="keys" className="option" textValue="All keys">
            <span>All keys</span>
            <kbd>?</kbd>
          </MenuItem>
          <MenuItem id="out" className="option">
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function IncidentName({ now, drill }: { now: Now | undefined; drill: boolean }) {
  const t = useNow();
  const incident = now?.incident;
  if (!incident) return <div className="inc">{now && <b className="b">No incident is open</b>}</div>;
  const day = Math.floor((t - incident.opened_at_ms) / 86_400_000) + 1;
  return (
    <div className="inc">
      <b className="b el">{incident.name}</b>
      <span className="mut nw">{incident.state === "closed" ? "closed" : `${incident.state}, day ${day}`}</span>
      {drill && <span className="tag">drill</span>}
      <span className="dim sm nw opened">opened {age(t - incident.opened_at_ms)} ago</span>
    </div>
  );
}

export function Frame({ me, onSignOut, children }: { me: Me; onSignOut: () => void; children: ReactNode }) {
  const { path } = useHere();
  const live = useLive();
  const now = useNowPicture();
  const health = useHealth().data;
  const places = usePlaces(now.data);
  const [help, setHelp] = useState(false);
  useShortcuts("Everywhere", [
    ...places.flat().map((place) => ({ keys: `g ${place.key}`, what: `Go to ${place.name}`, run: () => go(place.to) })),
    { keys: "?", what: "All keys", run: () => setHelp(true) },
  ]);
  return (
    <>
      <a className="skip" href="#main">
        To the page
      </a>
      <header className="top" data-page={path.slice(1)}>
        <Link to="/" className="brand-link" aria-label="Douse, to the page Now">
          <Brand />
        </Link>
        <IncidentName now={now.data} drill={health?.drill ?? false} />
        <Search />
        <Liveness now={now.data} />
        <Clock />
        <Who me={me} onKeys={() => setHelp(true)} onSignOut={onSignOut} />
        <StopButton stop={now.data?.stop} rights={me.rights} />
      </header>
      {live.state === "gone" && (
        <div className="banner gone" role="alert">
          <b>Server gone since {clock(live.since)}</b>
          <span>
            This is the last picture that it gave. Nothing you press reaches it until it is back; it is asked again by itself.
          </span>
        </div>
      )}
      <StoppedBanner stop={now.data?.stop} rights={me.rights} />
      {health && !health.acting && (
        <div className="banner quiet" role="status">
          <b>This server does not act.</b>
          <span>It was started with --no-act: it counts, assigns and reports, and touches no machine.</span>
        </div>
      )}
      <div className="frame">
        <Nav places={places} path={path} />
        <main className="main" id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <Tabs places={places} path={path} me={me} onSignOut={onSignOut} />
      <Help open={help} onClose={() => setHelp(false)} />
    </>
  );
}
