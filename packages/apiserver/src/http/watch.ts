import type { ApiError, UnstructuredObject, WatchEvent } from "@slipway/api";
import { jsonText } from "@slipway/api/json/index.ts";
import type { WatchStream } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import { asApiError } from "./exchange.ts";
import { type Layouts, presentBookmark, presentEvent, type View } from "./representation.ts";
import type { Texts } from "./texts.ts";

/**
 * One line of JSON an event, those that wait together in one piece. What befalls a running watch is told as an ERROR event: clients expect
 * HTTP 200 and read the 410 in the stream. The stream asks for the next events only when the last were taken: a slow reader costs nothing.
 */
export async function* watchLines(
  stream: WatchStream,
  resource: ServedResource,
  view: () => View,
  layouts: Layouts,
  texts: Texts,
  onEvents: ((resource: ServedResource, count: number) => void) | undefined,
): AsyncGenerator<string> {
  let first = true;
  try {
    for (;;) {
      const events = await stream.next();
      if (events === undefined) return;
      let piece = "";
      for (const event of events) {
        piece += line(event, resource, view(), layouts, texts, first);
        first = false;
      }
      if (piece !== "") yield piece;
      onEvents?.(resource, events.length);
    }
  } catch (error) {
    yield errorLine(asApiError(error));
  } finally {
    stream.close();
  }
}

const line = (
  event: WatchEvent<UnstructuredObject>,
  resource: ServedResource,
  view: View,
  layouts: Layouts,
  texts: Texts,
  first: boolean,
): string => {
  if (event.type === "BOOKMARK") {
    const object = presentBookmark(resource, event.resourceVersion, event.initialEventsEnd, view, layouts, first);
    return `{"type":"BOOKMARK","object":${jsonText(object)}}\n`;
  }
  if (view.wanted.as !== undefined)
    return `{"type":"${event.type}","object":${jsonText(presentEvent(event.object, resource, view, layouts, first))}}\n`;
  // An object is shared by all who watch it, and so is its text.
  const text = texts.of("whole", event.object, () => event.object);
  return `{"type":"${event.type}","object":${text}}\n`;
};

const errorLine = (error: ApiError): string => `{"type":"ERROR","object":${jsonText(error.toStatus())}}\n`;
