import type { Session } from "../session/sessions.ts";

/** One request, whole: what a door gets to see. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Uint8Array;
  /** Who sent it, as far as is known: for limits and the audit log. */
  readonly remote: string;
}

/** The whole of an answer. Security headers are added to it by one place. */
export interface Outgoing {
  readonly status: number;
  readonly headers: { readonly [lowerCaseName: string]: string };
  readonly body?: string | Uint8Array;
}

/** What a door's handler works with. */
export interface Visit {
  readonly incoming: Incoming;
  readonly params: { readonly [name: string]: string };
  readonly requestId: string;
  /** The body as JSON; undefined when there is none. */
  readonly json: unknown;
  /** Set cookies with the answer. */
  readonly cookie: (header: string) => void;
}

/** A visit of somebody who is signed in, with a token that is still good as far as is known. */
export interface SignedVisit extends Visit {
  readonly session: Session;
}
