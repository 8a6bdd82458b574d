// SPDX-License-Identifier: Apache-2.0
import { Link } from "../../kit/link";
import { useTitle } from "../../kit/now";

export function Missing({ path }: { path: string }) {
  useTitle("No such page");
  return (
    <section className="state">
      <h1 className="st-title">There is no page at this address</h1>
      <p className="mono">{path}</p>
      <p>
        <Link to="/" className="n">
          To the page Now
        </Link>
      </p>
    </section>
  );
}
