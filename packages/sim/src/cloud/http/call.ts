import type { Scope } from "../identity/scope.ts";
import type { Query } from "./query.ts";

/** One request to one service, parsed; who asks is known. */
export interface Call {
  readonly method: string;
  /** Below the service's base URL, decoded segments in `params`. */
  readonly path: string;
  readonly params: { readonly [name: string]: string };
  readonly query: Query;
  readonly headers: { readonly [lowerCaseName: string]: string };
  /** Parsed JSON; a string or bytes when the content type says so; undefined without a body. */
  readonly body: unknown;
  /** Whoever sent no token (only documents and logins get so far) has no rights at all. */
  readonly scope: Scope;
  readonly requestId: string;
  /** Minor of the negotiated microversion (63 for 2.63); 0 where a service has none. */
  readonly version: number;
  readonly now: Date;
}

export interface Answer {
  readonly status: number;
  /** JSON unless it is a string, bytes or absent. */
  readonly body?: unknown;
  readonly headers?: { readonly [lowerCaseName: string]: string };
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const accepted = (body?: unknown): Answer => ({ status: 202, body });
export const noContent: Answer = { status: 204 };

/** A refusal; each service words it in its own way. `type` is Neutron's exception name. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string | undefined;
  readonly headers: { readonly [name: string]: string } | undefined;
  constructor(status: number, message: string, type?: string, headers?: { readonly [name: string]: string }) {
    super(message);
    this.status = status;
    this.type = type;
    this.headers = headers;
  }
}
