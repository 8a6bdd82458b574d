// SPDX-License-Identifier: Apache-2.0
// How bad is it, what is it made of, which way does it go, what needs me. In ten seconds, top to bottom.
import type { Counts, Happened, Now } from "../../api";
import { BooksFigure, OpenBar } from "../../figures/books_figure";
import { InfectedFigure, OpenFigure } from "../../figures/curve_figure";
import { dispositions, sumOf } from "../../kit/disposition";
import { change, clock, count, moment } from "../../kit/format";
import { Link } from "../../kit/link";
import { Mark } from "../../kit/mark";
import { useNow, useTitle } from "../../kit/now";
import { pageOf } from "../../kit/url";
import { Age, View } from "../../kit/view";
import { noFilters, pathOf } from "../inventory/filters";
import { CampaignStrip } from "../remediate/campaign_strip";
import { SweepStrip } from "../survey/sweep_strip";
import { Decisions } from "./decisions";
import { useNowPicture } from "./queries";
import { say, sayMore } from "./say";

export function NowPage() {
  const asked = useNowPicture();
  useTitle(asked.data?.incident ? `Now · ${asked.data.incident.name}` : "Now");
  return (
    <View asked={asked} what="the picture of now" empty={nothing}>
      {(now) => <Picture now={now} />}
    </View>
  );
}

function nothing(now: Now) {
  if (now.incident || now.books.on_books > 0) return null;
  return {
    title: "No incident is open",
    children: (
      <>
        <p>
          Nothing is counted yet. An incident is a signed playbook that says what the outbreak is, and the address ranges that it
          may touch.
        </p>
        <p>
          First step: store the playbook on the page{" "}
          <Link to="/playbook" className="n">
            Playbook
          </Link>
          , then open the incident in{" "}
          <Link to="/settings" className="n">
            Settings
          </Link>
          . In a terminal: <code>douse incident new</code>.
        </p>
      </>
    ),
  };
}

function Picture({ now }: { now: Now }) {
  return (
    <div className="now">
      <div className="now-left">
        <Headline now={now} />
        <Books now={now} />
        {now.curve.length > 0 && (
          <div className="charts">
            <OpenFigure curve={now.curve} now={now.as_of_ms} />
            <InfectedFigure curve={now.curve} now={now.as_of_ms} />
          </div>
        )}
        <div className="charts low">
          <Places now={now} />
          <JustHappened happened={now.happened} />
        </div>
      </div>
      <aside className="now-right" aria-label="Decisions and work">
        <Decisions decisions={now.decisions} />
        {now.campaign && <CampaignStrip campaign={now.campaign} />}
        {now.sweep && <SweepStrip sweep={now.sweep} />}
      </aside>
    </div>
  );
}

function Headline({ now }: { now: Now }) {
  const t = useNow();
  const s = say(now.books);
  const more = sayMore(now, t);
  const lead = (
    <>
      {s.tone === "infected" && <Mark tone="infected" size={19} />}
      {s.lead}
    </>
  );
  return (
    <>
      <h1 className={`say ${s.tone === "infected" ? "hot" : s.tone === "alarm" ? "hot" : ""}`}>
        {s.to ? <Link to={s.to}>{lead}</Link> : lead}
        <span>{s.rest}</span>
      </h1>
      <p className="say2">
        {more.map((part, i) => (i === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part)).join("; ")}
        {more.length > 0 ? "." : ""}
      </p>
    </>
  );
}

function Books({ now }: { now: Now }) {
  const { books, change: moved } = now;
  const open = sumOf(books.counts, "open");
  const done = sumOf(books.counts, "done");
  const exempt = books.counts.exempt;
  return (
    <section className="books" aria-label="The books">
      {books.on_books > 0 && <BooksFigure counts={books.counts} />}
      <div className="cnts">
        {dispositions.map((look) => (
          <Link key={look.id} className={`cnt g-${look.standing}`} to={pathOf({ ...noFilters, disposition: [look.id] })}>
            <span className={`d t-${look.tone}`}>
              <Mark tone={look.tone} />
              <span>{look.short}</span>
            </span>
            <b>{count(books.counts[look.id])}</b>
            <i>{look.standing === "accepted_risk" ? "accepted risk" : change(moved.counts[look.id])}</i>
          </Link>
        ))}
      </div>
      <div className="eq">
        <span>
          <b>{count(open)}</b> open + <b>{count(done)}</b> done + <b>{count(exempt)}</b> exempt ={" "}
          <Link className="n" to="/machines">
            <b>{count(open + done + exempt)}</b> on the books
          </Link>
        </span>
        <span className="age">
          {books.retired > 0 && (
            <>
              <Link className="n" to="/machines?disposition=retired">
                {count(books.retired)} retired
              </Link>
              , not counted ·{" "}
            </>
          )}
          change since {clock(moved.since_ms)} · <Age at={now.as_of_ms} from=" old" />
        </span>
      </div>
    </section>
  );
}

const infectedOf = (counts: Counts) => counts.infected + counts.infected_isolated;
const placesShown = 8;

function Places({ now }: { now: Now }) {
  const places = (now.places ?? []).toSorted(
    (a, b) => infectedOf(b.counts) - infectedOf(a.counts) || b.open - a.open || a.place.localeCompare(b.place),
  );
  const most = Math.max(1, ...places.map((p) => p.open));
  if (places.length === 0) return <section />;
  return (
    <section>
      <div className="hd">
        <h2>By place</h2>
        <span className="age">
          open, worst first
          {places.length > placesShown && (
            <>
              {" "}
              · {placesShown} of {count(places.length)}
            </>
          )}
        </span>
      </div>
      <table className="grp">
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">Place</span>
            </th>
            <th scope="col" className="r">
              Infected
            </th>
            <th scope="col" className="r">
              Open
            </th>
            <td aria-hidden="true" />
            <th scope="col" className="r">
              On the books
            </th>
          </tr>
        </thead>
        <tbody>
          {places.slice(0, placesShown).map((p) => {
            const infected = infectedOf(p.counts);
            return (
              <tr key={p.place}>
                <td>
                  {p.place === "" ? (
                    <span className="mut">no place known</span>
                  ) : (
                    <Link className="n" to={pathOf({ ...noFilters, disposition: p.open > 0 ? ["open"] : [], place: [p.place] })}>
                      {p.place}
                    </Link>
                  )}
                </td>
                <td className="r">
                  {infected > 0 ? <span className="t-infected b">{count(infected)}</span> : <span className="dim">0</span>}
                </td>
                <td className="r m">{count(p.open)}</td>
                <td className="bar">
                  <OpenBar counts={p.counts} most={most} />
                </td>
                <td className="r dim sm">{count(p.on_books)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function JustHappened({ happened }: { happened: Happened[] }) {
  const t = useNow();
  return (
    <section>
      <div className="hd">
        <h2>Just happened</h2>
        <span className="age">
          <Link className="n" to="/ledger">
            ledger
          </Link>
        </span>
      </div>
      {happened.length === 0 ? (
        <p className="mut sm">Nothing yet.</p>
      ) : (
        <ol className="hap">
          {happened.slice(0, 8).map((row, i) => {
            const page = pageOf(row.link);
            const look = row.disposition ? dispositions.find((d) => d.id === row.disposition) : undefined;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: two things may happen in one millisecond
              <li key={`${row.at_ms}-${i}`}>
                <time className="dim sm">{moment(row.at_ms, t)}</time>
                {look ? <Mark tone={look.tone} /> : <i className="dot" />}
                <span className="el" title={row.text}>
                  {page ? (
                    <Link className="n" to={page}>
                      {row.text}
                    </Link>
                  ) : (
                    row.text
                  )}
                </span>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
