/** Which events are shown. Pure. */
import type { EventView } from "../../contract/index.ts";

export interface EventFilter {
  readonly type: "all" | EventView["type"];
  readonly search: string;
}

export const visibleEvents = (events: readonly EventView[], { type, search }: EventFilter): readonly EventView[] => {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return events.filter((event) => {
    if (type !== "all" && event.type !== type) return false;
    const text = `${event.reason} ${event.message} ${event.object.kind}/${event.object.name} ${event.source}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
};
