/** A section of the runbook: its heading without the number, and its `sh` blocks in order. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly string[];
}

/** The parts of a runbook that are run. Pure. */
export const sectionsOf = (markdown: string): readonly Section[] =>
  markdown
    .split(/^## /m)
    .slice(1)
    .map((text) => ({
      title: (text.split("\n", 1)[0] ?? "").replace(/^\d+\.\s*/, "").trim(),
      blocks: [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block),
    }));
