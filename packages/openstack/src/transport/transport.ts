/**
 * How a request leaves: handed in by `apps/` (an undici pool for a real cloud, the simulated world's own `fetch` for a simulated one).
 * Leaner than web `Request`, which costs ten times the CPU.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

export interface TransportRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute. */
  readonly url: string;
  readonly headers: { readonly [lowerCaseName: string]: string };
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string };
  text(): Promise<string>;
}
