/** What a first visit downloads in JavaScript, and the limit that a build keeps. */
import { gzipSync } from "node:zlib";

export interface Chunk {
  readonly fileName: string;
  readonly isEntry: boolean;
  /** File names of the chunks it needs before it can run. */
  readonly imports: readonly string[];
  readonly code: string;
}

/** The chunks that load before the first page shows: the entries and all they import statically. */
export const firstLoad = (chunks: readonly Chunk[]): readonly Chunk[] => {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const reached = new Set<Chunk>();
  const visit = (chunk: Chunk | undefined): void => {
    if (chunk === undefined || reached.has(chunk)) return;
    reached.add(chunk);
    for (const name of chunk.imports) visit(byName.get(name));
  };
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk);
  return [...reached];
};

/** Size in kB (1,000 bytes) as it travels, each file compressed by itself. */
export const gzipKilobytes = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).byteLength, 0) / 1000;

/** A Vite plugin that fails the build when the first load is heavier than allowed. */
export const budget = ({ firstLoadKilobytes }: { readonly firstLoadKilobytes: number }) => ({
  name: "slipway-budget",
  writeBundle: (_options: unknown, bundle: { readonly [file: string]: { readonly type: string } }) => {
    const chunks = Object.values(bundle).filter((output): output is Chunk & { type: string } => output.type === "chunk");
    const kilobytes = gzipKilobytes(firstLoad(chunks));
    if (kilobytes > firstLoadKilobytes)
      throw new Error(
        `The console's first load is ${kilobytes.toFixed(1)} kB of compressed JavaScript; ${firstLoadKilobytes} kB are allowed. ` +
          `Load what the first page does not need lazily (see src/web/routes.tsx).`,
      );
    console.log(`console: first load ${kilobytes.toFixed(1)} kB of ${firstLoadKilobytes} kB compressed JavaScript`);
  },
});
