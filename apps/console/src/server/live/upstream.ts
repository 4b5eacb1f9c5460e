import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { EventView, History, ListAbout, ListEntry, Tree } from "../../contract/index.ts";
import type { Json } from "../openstack/call.ts";

/** What Magnum's watch of a list of every project says. */
export type ListEvent =
  | { readonly name: "items"; readonly data: { readonly items: readonly ListEntry[]; readonly last: boolean } }
  | { readonly name: "item"; readonly data: ListEntry }
  | { readonly name: "gone"; readonly data: { readonly key: string } }
  | { readonly name: "about"; readonly data: ListAbout };

/** Opens a text/event-stream; the answer's status and its bytes. */
export type OpenWatch = (
  url: string,
  headers: { readonly [lowerCaseName: string]: string },
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly chunks: AsyncIterable<Uint8Array> }>;

/** What Magnum's watch says. */
export type WatchEvent =
  | { readonly name: "clusters"; readonly data: { readonly clusters: readonly LiveCluster[]; readonly last: boolean } }
  | { readonly name: "cluster"; readonly data: LiveCluster }
  | { readonly name: "gone"; readonly data: { readonly id: string } }
  | { readonly name: "detail"; readonly data: { readonly id: string; readonly tree: Tree; readonly history: History } }
  | { readonly name: "diagnosis"; readonly data: { readonly id: string; readonly diagnosis: Json } }
  | { readonly name: "events"; readonly data: { readonly id: string; readonly events: readonly EventView[] } };

/** A stream whose frames come in too slowly is dead: Magnum sends a comment every 15 seconds. */
export const silentAfterMilliseconds = 45_000;
const largestFrameCharacters = 32 * 1024 * 1024;

/** Frames of a text/event-stream. @throws when a frame has no end */
export const readFrames = async function* (
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly event: string; readonly data: string }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > largestFrameCharacters) throw new Error("a frame of the watch is too large");
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const frame = readFrame(text.slice(0, end));
      text = text.slice(end + 2);
      yield frame;
    }
  }
};

const readFrame = (frame: string) => {
  let event = "message";
  const data: string[] = [];
  for (const line of frame.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return { event, data: data.join("\n") };
};
