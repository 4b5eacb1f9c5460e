/** A cell: what it says, and how it looks when colours are on. Its width is that of the text alone. */
export interface Cell {
  readonly text: string;
  readonly painted: string;
}

export const plainCell = (text: string): Cell => ({ text, painted: text });

/**
 * The table of upstream's tree: no borders, cells to the left, each padded to its column and followed by two blanks, the last one too
 * (CTL-099). A cell of several lines makes its row taller. Upstream's default table has but one blank at the end of its header.
 */
export const renderTable = (header: readonly string[], rows: readonly (readonly Cell[])[], headerEnd = "  "): string => {
  const lines = [header.map(plainCell), ...rows.flatMap(unfolded)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => displayWidth(line[column]?.text ?? ""))));
  return lines
    .map((line, row) =>
      widths
        .map((width, column) => {
          const cell = line[column] ?? plainCell("");
          const gap = row === 0 && column === header.length - 1 ? headerEnd : "  ";
          return `${cell.painted}${" ".repeat(width - displayWidth(cell.text))}${gap}`;
        })
        .join(""),
    )
    .join("\n");
};

/** Colour is kept only where a cell is one line: nothing that is painted ever has two. */
const unfolded = (row: readonly Cell[]): readonly (readonly Cell[])[] => {
  const height = Math.max(1, ...row.map(({ text }) => text.split("\n").length));
  if (height === 1) return [row];
  return Array.from({ length: height }, (_, index) =>
    row.map((cell) => {
      const lines = cell.text.split("\n");
      return lines.length === 1 && index === 0 ? cell : plainCell(lines[index] ?? "");
    }),
  );
};

/** How many columns of a terminal a text takes: wide East Asian characters take two, marks that sit on others none. */
export const displayWidth = (text: string): number => {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\u200b|\u200d|\ufe0f/u.test(character)) continue;
    width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  }
  return width;
};

const isWide = (code: number): boolean =>
  code >= 0x1100 &&
  (code <= 0x115f ||
    (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd));
