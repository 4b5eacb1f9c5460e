import type { FamilyHead } from "../state/collect.ts";
import { type Format, familyHead } from "../state/exposition.ts";
import { combineCrc, gzipHeader, gzipTrailer, type Piece } from "./gzip.ts";
import { pieceOf, textOf } from "./piece.node.ts";

/** All families of one moment. Nothing in it changes, so any number may read it. */
export interface Snapshot {
  readonly families: readonly RenderedFamily[];
}
export interface RenderedFamily {
  /** `machinedeployments` */
  readonly resource: string;
  readonly head: FamilyHead;
  /** Its lines, in pieces of some objects each; none is empty. */
  readonly pieces: readonly Piece[];
}

/** What a scrape gets: `own`, then every family that has a line; OpenMetrics ends with its mark (OBS-008). */
export async function* scrapeBody(
  snapshot: Snapshot,
  options: { readonly own: string; readonly format: Format; readonly gzip: boolean },
): AsyncGenerator<Uint8Array> {
  const parts = partsOf(snapshot, options);
  yield* options.gzip ? zipped(parts) : plain(parts);
}

type Part = string | Piece;

function* partsOf({ families }: Snapshot, { own, format }: { readonly own: string; readonly format: Format }): Generator<Part> {
  yield own;
  for (const { head, pieces } of families) {
    if (pieces.length === 0) continue;
    yield familyHead(head, format);
    yield* pieces;
  }
  if (format === "openmetrics") yield "# EOF\n";
}

async function* zipped(parts: Iterable<Part>): AsyncGenerator<Uint8Array> {
  let crc = 0;
  let size = 0;
  yield gzipHeader;
  for (const part of parts) {
    const piece = typeof part === "string" ? await pieceOf(part) : part;
    crc = combineCrc(crc, piece.crc, piece.size);
    size += piece.size;
    yield piece.deflated;
  }
  yield gzipTrailer(crc, size);
}

/** Pieces that are inflated ahead of the reader: enough to keep the threads busy, few enough to stay small. */
const ahead = 4;

async function* plain(parts: Iterable<Part>): AsyncGenerator<Uint8Array> {
  const coming: Promise<Uint8Array>[] = [];
  for (const part of parts) {
    coming.push(typeof part === "string" ? Promise.resolve(Buffer.from(part)) : textOf(part));
    if (coming.length > ahead) yield (await coming.shift()) as Uint8Array;
  }
  for (const last of coming) yield await last;
}

/** What a scrape may leave out (OBS-015): comma lists of plurals. */
export const narrowed = ({ families }: Snapshot, query: URLSearchParams): Snapshot => {
  const listed = (name: string) => query.getAll(name).flatMap((value) => value.split(",").filter((each) => each !== ""));
  const [only, except] = [listed("resources"), listed("exclude_resources")];
  return {
    families: families.filter(({ resource }) => (only.length === 0 || only.includes(resource)) && !except.includes(resource)),
  };
};
