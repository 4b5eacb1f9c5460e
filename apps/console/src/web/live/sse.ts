/** text/event-stream, read by ourselves: EventSource hides the heartbeats and why a stream was refused. */

export interface StreamEvent {
  readonly name: string;
  readonly data: string;
  readonly id: string | undefined;
}

interface Unfinished {
  readonly rest: string;
  readonly name: string;
  readonly data: readonly string[];
  readonly id: string | undefined;
}

export const nothingRead: Unfinished = { rest: "", name: "", data: [], id: undefined };

/** Takes a piece of the stream in; gives whole events, and what has to wait for the next piece. */
export const takeIn = (
  before: Unfinished,
  piece: string,
): { readonly events: readonly StreamEvent[]; readonly after: Unfinished } => {
  const lines = (before.rest + piece).split("\n");
  const rest = lines.pop() ?? "";
  const events: StreamEvent[] = [];
  let { name, data, id } = before;
  for (const raw of lines) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line === "") {
      if (data.length > 0) events.push({ name: name === "" ? "message" : name, data: data.join("\n"), id });
      name = "";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    else if (field === "data") data = [...data, value];
    else if (field === "id" && !value.includes("\0")) id = value;
  }
  return { events, after: { rest, name, data, id } };
};
