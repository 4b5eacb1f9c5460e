import type { ListAbout } from "@slipway/api/magnum/live.ts";
import type { Clock, Logger, Timer } from "@slipway/runtime";

/** Items of a list by their keys; undefined: it is there no more. */
export type Items = ReadonlyMap<string, object | undefined>;

/** Where a list comes from. */
export interface ListSource {
  all(): Promise<Items>;
  /** Only what changes of these clusters may touch; without it everything is read again. */
  some?(clusters: ReadonlySet<string>): Promise<Items>;
  about(): ListAbout;
  /** `wake` is called when something may have changed, with the names of the clusters when only they did. */
  subscribe(wake: (clusters?: ReadonlySet<string>) => void): () => void;
  /** Changes are gathered so long before they are looked at. */
  readonly gatherMilliseconds: number;
}

/** An event's name, and its data as JSON. */
export type SendText = (event: string, json: string) => void;

/** One list, looked at once however many read it, and told as all of it and then what changes. */
export interface SharedList {
  follow(send: SendText): Promise<() => void>;
}

const partItems = 200;
/** After a look that failed. */
const againMilliseconds = 5_000;

export const createSharedList = (options: {
  readonly source: ListSource;
  readonly clock: Pick<Clock, "setTimeout">;
  readonly log: Pick<Logger, "warn">;
}): SharedList => {
  const { source, clock, log } = options;
  /** Who wants the list, and who of them has got it and is told what changes. */
  const readers = new Set<SendText>();
  const joined = new Set<SendText>();
  /** Items as they were told; undefined until they have been read once. */
  let known: Map<string, string> | undefined;
  let about = "";
  /** What is to be looked at next: all of it, or these. */
  let dirty: { all: boolean; readonly clusters: Set<string> } | undefined;
  let timer: Timer | undefined;
  let unsubscribe: (() => void) | undefined;
  /** One look after the other; a reader joins between two of them. */
  let turn: Promise<void> = Promise.resolve();

  const tell: SendText = (event, json) => {
    for (const send of [...joined]) send(event, json);
  };
  const put = (items: Items): void => {
    if (known === undefined) return;
    for (const [key, value] of items) {
      if (value === undefined) {
        if (known.delete(key)) tell("gone", JSON.stringify({ key }));
        continue;
      }
      const json = JSON.stringify(value);
      if (known.get(key) === json) continue;
      known.set(key, json);
      tell("item", itemText(key, json));
    }
  };
  const tellAbout = (): void => {
    const now = JSON.stringify(source.about());
    if (now === about) return;
    about = now;
    tell("about", now);
  };
  const look = async (): Promise<void> => {
    const what = dirty;
    dirty = undefined;
    if (what === undefined || known === undefined) return;
    if (!what.all && source.some !== undefined) put(await source.some(what.clusters));
    else {
      const items = await source.all();
      put(new Map([...(known?.keys() ?? [])].filter((key) => !items.has(key)).map((key) => [key, undefined])));
      put(items);
    }
    tellAbout();
  };
  const lookLater = (milliseconds: number): void => {
    timer ??= clock.setTimeout(() => {
      timer = undefined;
      turn = turn.then(look).catch((error: unknown) => {
        log.warn("a list for operators could not be read", { error });
        wake();
      });
    }, milliseconds);
  };
  const wake = (clusters?: ReadonlySet<string>): void => {
    if (readers.size === 0) return;
    const first = dirty === undefined;
    dirty ??= { all: false, clusters: new Set() };
    if (clusters === undefined) dirty.all = true;
    else for (const name of clusters) dirty.clusters.add(name);
    lookLater(first ? source.gatherMilliseconds : againMilliseconds);
  };
  const leave = (send: SendText): void => {
    readers.delete(send);
    joined.delete(send);
    if (readers.size > 0) return;
    unsubscribe?.();
    unsubscribe = undefined;
    timer?.cancel();
    timer = undefined;
    dirty = undefined;
    known = undefined;
  };

  return {
    follow: async (send) => {
      readers.add(send);
      // Subscribed before it is read: what changes meanwhile is looked at afterwards.
      unsubscribe ??= source.subscribe(wake);
      const begun = turn.then(async () => {
        if (!readers.has(send)) return;
        if (known === undefined) {
          const items = [...(await source.all())];
          known = new Map(items.flatMap(([key, value]) => (value === undefined ? [] : [[key, JSON.stringify(value)]])));
          about = JSON.stringify(source.about());
        }
        joined.add(send);
        sendAll(send, [...known], about);
      });
      turn = begun.catch(() => undefined);
      await begun.catch((error: unknown) => {
        leave(send);
        throw error;
      });
      return () => leave(send);
    },
  };
};

const itemText = (key: string, json: string): string => `{"key":${JSON.stringify(key)},"value":${json}}`;

const sendAll = (send: SendText, items: readonly (readonly [string, string])[], about: string): void => {
  for (let from = 0; from === 0 || from < items.length; from += partItems) {
    const part = items.slice(from, from + partItems).map(([key, json]) => itemText(key, json));
    send("items", `{"items":[${part.join(",")}],"last":${from + partItems >= items.length}}`);
  }
  send("about", about);
};
