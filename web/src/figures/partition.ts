// SPDX-License-Identifier: Apache-2.0
// Cuts a bar into parts. The parts and the gaps between them always fill the bar to the pixel, and what is there is always seen:
// a part that stands for one machine in five thousand still gets its least width, taken from the large ones.

export interface Part {
  x: number;
  width: number;
}

export function partition(values: readonly number[], width: number, gap = 1, least = 2): (Part | null)[] {
  const shown = values.map((v) => v > 0);
  const n = shown.filter(Boolean).length;
  if (n === 0) return values.map(() => null);
  const space = Math.max(0, width - gap * (n - 1));
  const floor = Math.min(least, space / n);

  // Parts that would fall below the least width are set to it; the others share what is left, until no more fall below.
  const fixed = values.map(() => false);
  let widths: number[] = [];
  for (let settled = false; !settled; ) {
    const held = fixed.filter(Boolean).length * floor;
    const sum = values.reduce((total, v, i) => (shown[i] && !fixed[i] ? total + v : total), 0);
    widths = values.map((v, i) => (!shown[i] ? 0 : fixed[i] || sum === 0 ? floor : (v / sum) * (space - held)));
    settled = true;
    for (const [i, w] of widths.entries()) {
      if (shown[i] && !fixed[i] && w < floor) {
        fixed[i] = true;
        settled = false;
      }
    }
  }

  let x = 0;
  let left = n;
  return widths.map((w, i) => {
    if (!shown[i]) return null;
    left -= 1;
    const part = { x, width: left === 0 ? width - x : w }; // the last takes the rounding
    x += w + gap;
    return part;
  });
}
