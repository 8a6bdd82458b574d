// SPDX-License-Identifier: Apache-2.0
// All keys that work on the page that is shown, from the list that the keys themselves are read from.
import { Sheet } from "./dialog";
import { type Shortcut, shortcutGroups } from "./keyboard";

function Keys({ keys }: { keys: string }) {
  return (
    <>
      {keys.split(" ").map((key) => (
        <kbd key={key}>{key === "Shift+x" ? "⇧x" : key === "Enter" ? "↵" : key}</kbd>
      ))}
    </>
  );
}

export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const byGroup = new Map<string, Shortcut[]>();
  if (open) for (const { group, list } of shortcutGroups()) byGroup.set(group, [...(byGroup.get(group) ?? []), ...list]);
  return (
    <Sheet title="All keys" open={open} onClose={onClose} wide>
      <div className="keys">
        {[...byGroup].map(([group, list]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {list.map((s) => (
                <div key={s.keys}>
                  <dt>
                    <Keys keys={s.keys} />
                  </dt>
                  <dd>{s.what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Sheet>
  );
}
