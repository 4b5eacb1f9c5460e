/** Lists of every project's, as the stream keeps them. Pure: a cache holds the results. */
import type { ListAbout, ListEntry, LiveEvents } from "../../contract/index.ts";

export interface KnownList {
  readonly items: ReadonlyMap<string, ListEntry["value"]>;
  readonly about: ListAbout;
}

export const knownList = (items: readonly ListEntry[], about: ListAbout): KnownList => ({
  items: new Map(items.map(({ key, value }) => [key, value])),
  about,
});

export const withPart = (before: KnownList | undefined, { items, about }: LiveEvents["list"]): KnownList => ({
  items: new Map([...(before?.items ?? []), ...knownList(items, about).items]),
  about,
});

export const withItem = ({ items, about }: KnownList, { key, value }: ListEntry): KnownList => ({
  items: new Map([...items, [key, value]]),
  about,
});

export const withoutItem = ({ items, about }: KnownList, key: string): KnownList => ({
  items: new Map([...items].filter(([known]) => known !== key)),
  about,
});

export const withAbout = ({ items }: KnownList, about: ListAbout): KnownList => ({ items, about });
