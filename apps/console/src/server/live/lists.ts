import type { ListAbout, ListEntry, OperatorList } from "../../contract/index.ts";
import type { ListEvent } from "./upstream.ts";

/** What is known of one list of every project's, and what of an event of Magnum's is news. */
export interface KnownList {
  take(event: ListEvent): void;
  /** Magnum was lost: a list that was on its way begins anew. */
  broken(): void;
  /** All of it; undefined while it has not been seen whole. */
  whole(): { readonly items: readonly ListEntry[]; readonly about: ListAbout } | undefined;
}

export const createKnownList = (
  name: OperatorList,
  news: {
    readonly whole: () => void;
    readonly tell: <Name extends "item" | "itemGone" | "listAbout">(name: Name, data: object) => void;
  },
): KnownList => {
  const items = new Map<string, { readonly json: string; readonly entry: ListEntry }>();
  /** A list that comes in parts: what it lacks is gone. */
  let listing: Set<string> | undefined;
  let whole = false;
  let about = "{}";

  const put = (entry: ListEntry): void => {
    const json = JSON.stringify(entry.value);
    if (items.get(entry.key)?.json === json) return;
    items.set(entry.key, { json, entry });
    if (whole) news.tell("item", { list: name, ...entry });
  };
  const drop = (key: string): void => {
    if (items.delete(key) && whole) news.tell("itemGone", { list: name, key });
  };
  return {
    take: (event) => {
      switch (event.name) {
        case "items":
          listing ??= new Set();
          for (const entry of event.data.items) {
            listing.add(entry.key);
            put(entry);
          }
          if (!event.data.last) return;
          for (const key of [...items.keys()]) if (!listing.has(key)) drop(key);
          listing = undefined;
          if (whole) return;
          whole = true;
          return news.whole();
        case "item":
          listing?.add(event.data.key);
          return put(event.data);
        case "gone":
          return drop(event.data.key);
        case "about": {
          const json = JSON.stringify(event.data);
          if (json === about) return;
          about = json;
          if (whole) news.tell("listAbout", { list: name, about: event.data });
          return;
        }
      }
    },
    broken: () => {
      listing = undefined;
    },
    whole: () =>
      whole ? { items: [...items.values()].map(({ entry }) => entry), about: JSON.parse(about) as ListAbout } : undefined,
  };
};
