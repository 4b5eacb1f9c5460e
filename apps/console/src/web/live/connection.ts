/** Whether what is on the page is fresh. Pure: the stream's keeper moves from state to state. */

export type Connection =
  | { readonly kind: "off" }
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** The stream works, but the console's server has lost Magnum. */
  | { readonly kind: "stale"; readonly since: string }
  | { readonly kind: "lost"; readonly since: string; readonly attempt: number; readonly offline: boolean };

export type Happening =
  | { readonly is: "opening" }
  | { readonly is: "opened" }
  | { readonly is: "upstream"; readonly state: "live" | "stale"; readonly since: string }
  | { readonly is: "broken"; readonly at: string; readonly offline: boolean }
  | { readonly is: "closed" };

export const next = (now: Connection, happening: Happening): Connection => {
  switch (happening.is) {
    case "opening":
      return now.kind === "lost" ? now : { kind: "connecting" };
    case "opened":
      return { kind: "live" };
    case "upstream":
      return happening.state === "live" ? { kind: "live" } : { kind: "stale", since: happening.since };
    case "broken":
      return now.kind === "lost"
        ? { ...now, attempt: now.attempt + 1, offline: happening.offline }
        : { kind: "lost", since: happening.at, attempt: 1, offline: happening.offline };
    case "closed":
      return { kind: "off" };
  }
};

/** Seconds until the next attempt: quick at first, never more than 15, and a little apart for every browser (`chance` 0 to 1). */
export const retrySeconds = (attempt: number, chance: number): number => Math.min(15, 2 ** (attempt - 1)) * (0.75 + chance / 2);
