/** Draws a dashboard's panels as one page of HTML with SVG in it. Knows nothing of where the numbers come from. */
export interface Placed {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
export type Shown =
  | { readonly kind: "stat"; readonly title: string; readonly unit: string; readonly value: number }
  | {
      readonly kind: "lines";
      readonly title: string;
      readonly unit: string;
      readonly stacked: boolean;
      readonly lines: readonly Line[];
      /** Unix seconds. */
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly kind: "table";
      readonly title: string;
      readonly columns: { readonly [field: string]: string };
      readonly rows: readonly { readonly [field: string]: string }[];
    };
interface Line {
  readonly name: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

const column = 54;
const row = 28;
const gap = 8;
const headline = 56;

export const drawPage = (title: string, placed: readonly Placed[], shown: readonly Shown[]) => {
  const width = 24 * column + gap;
  const rowsBefore = placed.filter(({ type }) => type !== "row");
  const bottom = Math.max(...placed.map(({ gridPos }) => gridPos.y + gridPos.h));
  const height = headline + bottom * row + gap;
  const at = ({ gridPos: { x, y, w, h } }: Placed) =>
    `left:${x * column + gap}px;top:${headline + y * row}px;width:${w * column - gap}px;height:${h * row - gap}px`;
  const panels = rowsBefore.map((panel, index) => {
    const of = shown[index] as Shown;
    const inner = { width: panel.gridPos.w * column - gap - 24, height: panel.gridPos.h * row - gap - 40 };
    return `<section style="${at(panel)}"><h2>${escaped(of.title)}</h2>${drawn(of, inner)}</section>`;
  });
  const rows = placed.filter(({ type }) => type === "row").map((each) => `<h3 style="${at(each)}">${escaped(each.title)}</h3>`);
  const html = `<!doctype html><meta charset="utf-8"><style>
body{margin:0;background:#f4f5f7;font:13px/1.4 "DejaVu Sans",Arial,sans-serif;color:#1f2430;width:${width}px;height:${height}px;position:relative}
h1{font-size:20px;margin:0;padding:14px ${gap}px}
h2{font-size:13px;margin:0 0 6px;font-weight:600}
h3{font-size:13px;margin:0;position:absolute;color:#555f70;font-weight:600}
section{position:absolute;background:#fff;border:1px solid #dde1e6;border-radius:3px;padding:8px 12px;box-sizing:border-box;overflow:hidden}
.value{font-size:30px;font-weight:600;line-height:1.6}
table{border-collapse:collapse;width:100%;font-size:12px}
th{text-align:left;color:#555f70;font-weight:600}
td,th{padding:4px 10px 4px 0;border-bottom:1px solid #eceef1;white-space:nowrap}
.none{color:#8a93a0;padding-top:16px}
svg text{font:10px "DejaVu Sans",Arial,sans-serif;fill:#6b7482}
</style><h1>${escaped(title)}</h1>${rows.join("")}${panels.join("")}`;
  return { html, width, height };
};

interface Size {
  readonly width: number;
  readonly height: number;
}

const drawn = (shown: Shown, size: Size): string => {
  if (shown.kind === "stat")
    return `<div class="value">${Number.isFinite(shown.value) ? escaped(readable(shown.value, shown.unit)) : "no data"}</div>`;
  return shown.kind === "table" ? drawTable(shown) : drawLines(shown, size);
};

const drawTable = ({ columns, rows }: Shown & { readonly kind: "table" }): string => {
  const cell = (title: string, value: string | undefined) =>
    value === undefined ? "" : title === "Age" ? readable(Number(value), "s") : value;
  const names = Object.entries(columns);
  return `<table><tr>${names.map(([, title]) => `<th>${escaped(title)}</th>`).join("")}</tr>${rows
    .map((one) => `<tr>${names.map(([field, title]) => `<td>${escaped(cell(title, one[field]))}</td>`).join("")}</tr>`)
    .join("")}</table>`;
};

const colours = ["#3466c2", "#d9822b", "#2f8f4e", "#b83b5e", "#7a4fb5", "#1f9aa5", "#8a6d1f", "#c2578f", "#5b6b7b", "#6aa84f"];
const legendLines = 2;
const mostNamed = 10;

/** Lines over time, or areas on top of each other; the names below, the busiest first. */
const drawLines = ({ lines, stacked, unit, from, to }: Shown & { readonly kind: "lines" }, size: Size): string => {
  const alive = lines.filter(({ points }) => points.length > 0);
  if (alive.length === 0) return `<div class="none">nothing in this time</div>`;
  const weight = ({ points }: Line) => points.reduce((sum, { value }) => sum + value, 0);
  const sorted = alive.toSorted((a, b) => weight(b) - weight(a));
  const times = [...new Set(sorted.flatMap(({ points }) => points.map(({ at }) => at)))].toSorted((a, b) => a - b);
  const base = new Map(times.map((at) => [at, 0]));
  const layers = sorted.map(({ points }) => {
    const own = new Map(points.map(({ at, value }) => [at, value]));
    return times.flatMap((at) => {
      const value = own.get(at);
      if (value === undefined) return [];
      const low = stacked ? (base.get(at) ?? 0) : 0;
      if (stacked) base.set(at, low + value);
      return [{ at, low, high: low + value }];
    });
  });
  const highest = Math.max(...layers.flatMap((layer) => layer.map(({ high }) => high)));
  const most = highest > 0 ? nice(highest) : 1;
  const [left, legend] = [58, legendLines * 16 + 6];
  const plot = { width: size.width - left - 8, height: size.height - legend - 24 };
  const x = (at: number) => (left + ((at - from) / (to - from)) * plot.width).toFixed(1);
  const y = (value: number) => (10 + plot.height - (value / most) * plot.height).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      `<line x1="${left}" x2="${left + plot.width}" y1="${y(most * part)}" y2="${y(most * part)}" stroke="#e6e9ed"/><text x="${left - 6}" y="${Number(y(most * part)) + 3}" text-anchor="end">${escaped(readable(most * part, unit))}</text>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = from + (to - from) * part;
    const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
    return `<text x="${x(at)}" y="${plot.height + 23}" text-anchor="${anchor}">${new Date(at * 1000).toISOString().slice(11, 16)}</text>`;
  });
  const shapes = layers.map((layer, index) => {
    const colour = colours[index % colours.length];
    // A series that ends and comes again is two.
    const runs: (typeof layer)[] = [];
    for (const point of layer) {
      const run = runs.at(-1);
      const before = run?.at(-1);
      if (run === undefined || before === undefined || times.indexOf(point.at) - times.indexOf(before.at) > 1) runs.push([point]);
      else run.push(point);
    }
    return runs
      .map((run) => {
        const upper = run.map(({ at, high }) => `${x(at)},${y(high)}`).join(" ");
        const lower = run
          .toReversed()
          .map(({ at, low }) => `${x(at)},${y(low)}`)
          .join(" ");
        const area = stacked ? `<polygon points="${upper} ${lower}" fill="${colour}" fill-opacity="0.28"/>` : "";
        return `${area}<polyline points="${upper}" fill="none" stroke="${colour}" stroke-width="1.6"/>`;
      })
      .join("");
  });
  return `<svg width="${size.width}" height="${size.height}">${grid.join("")}${ticks.join("")}${shapes.join("")}${names(sorted, size, plot.height + 38)}</svg>`;
};

const names = (lines: readonly Line[], size: Size, top: number): string => {
  let [x, y] = [4, top];
  const parts: string[] = [];
  for (const [index, { name }] of lines.entries()) {
    const width = name.length * 6.2 + 26;
    if (x + width > size.width - 60) [x, y] = [4, y + 16];
    if (y > top + (legendLines - 1) * 16 || index >= mostNamed) {
      parts.push(
        `<text x="${size.width - 8}" y="${top + (legendLines - 1) * 16}" text-anchor="end">and ${lines.length - index} more</text>`,
      );
      break;
    }
    parts.push(
      `<rect x="${x}" y="${y - 8}" width="10" height="4" fill="${colours[index % colours.length]}"/><text x="${x + 14}" y="${y - 2}">${escaped(name)}</text>`,
    );
    x += width;
  }
  return parts.join("");
};

/** The next 1, 2 or 5 times a power of ten. */
const nice = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value * 0.999) ?? 10) * power;
};

export const readable = (value: number, unit: string): string => {
  if (unit === "percentunit") return `${short(value * 100)} %`;
  if (unit === "ops") return `${short(value)}/s`;
  if (unit === "bytes") {
    const step = value === 0 ? 0 : Math.min(3, Math.floor(Math.log2(value) / 10));
    return `${short(value / 1024 ** step)} ${["B", "KiB", "MiB", "GiB"][step]}`;
  }
  if (unit !== "s") return short(value);
  const size = Math.abs(value);
  if (size >= 172_800) return `${short(value / 86_400)} d`;
  if (size >= 7200) return `${short(value / 3600)} h`;
  if (size >= 120) return `${short(value / 60)} min`;
  return size === 0 || size >= 1 ? `${short(value)} s` : `${short(value * 1000)} ms`;
};

const short = (value: number): string => {
  if (Math.abs(value) >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return `${Number(value.toPrecision(3))}`;
};

const entities: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? "");
