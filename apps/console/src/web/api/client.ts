/** One call of the console's server, typed by its contract. */
import type { AnswerOf, ApiFault, BodyOf, Door, ParamsOf, QueryOf } from "../../contract/index.ts";

/** What the server refused, or that it did not answer at all (`code: "unreachable"`). */
export class ApiError extends Error {
  readonly fault:
    | ApiFault
    | { readonly code: "unreachable"; readonly status: 0; readonly detail: string; readonly requestId: "" };

  constructor(fault: ApiError["fault"]) {
    super(fault.detail);
    this.name = "ApiError";
    this.fault = fault;
  }
}

type Params<D extends Door> = [ParamsOf<D>] extends [never]
  ? object
  : { readonly params: { readonly [Name in ParamsOf<D>]: string } };
type Body<D extends Door> = BodyOf<D> extends undefined ? object : { readonly body: BodyOf<D> };
type Query<D extends Door> = QueryOf<D> extends undefined ? object : { readonly query?: QueryOf<D> };

export type CallOptions<D extends Door> = Params<D> &
  Body<D> &
  Query<D> & { readonly ifMatch?: string | undefined; readonly signal?: AbortSignal | undefined };

export interface Api {
  /** @throws ApiError */
  call<D extends Door>(door: D, options: CallOptions<D>): Promise<AnswerOf<D>>;
}

export interface ApiOptions {
  readonly fetch: typeof fetch;
  readonly csrfToken: () => string | undefined;
  /** Told when the server says that the session has ended. */
  readonly onSignedOut: (code: "signedOut" | "sessionExpired") => void;
}

interface AnyOptions {
  readonly params?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: string | undefined };
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

export const createApi = ({ fetch, csrfToken, onSignedOut }: ApiOptions): Api => ({
  call: async (door, options) => {
    const { params, query, body, ifMatch, signal } = options as AnyOptions;
    const { method, path } = address(door, params ?? {}, query ?? {});
    const token = csrfToken();
    const response = await fetch(path, {
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(method === "GET" || token === undefined ? {} : { "x-csrf-token": token }),
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
      },
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ApiError({ code: "unreachable", status: 0, detail: String(error), requestId: "" });
    });
    const text = await response.text();
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as AnswerOf<typeof door>;
    const fault = faultOf(response, text);
    if (fault.code === "signedOut" || fault.code === "sessionExpired") onSignedOut(fault.code);
    throw new ApiError(fault);
  },
});

/** `POST /api/clusters/:id/scale` and its parameters: where to send it. Every parameter is encoded, so none can leave its place. */
export const address = (
  door: string,
  params: { readonly [name: string]: string },
  query: { readonly [name: string]: string | undefined },
): { readonly method: string; readonly path: string } => {
  const [method = "GET", pattern = "/"] = door.split(" ");
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams(
    Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ""),
  ).toString();
  return { method, path: search === "" ? path : `${path}?${search}` };
};

/** An answer that is no success and not of our form (a proxy's page, say) still has a code. */
export const faultOf = (response: { readonly status: number; readonly headers: Headers }, text: string): ApiFault => {
  try {
    const parsed = JSON.parse(text) as { readonly error?: ApiFault } | null;
    if (typeof parsed?.error?.code === "string") return parsed.error;
  } catch {
    // Not JSON: told below.
  }
  const requestId = response.headers.get("x-request-id") ?? "";
  const code =
    response.status === 502 || response.status === 503 || response.status === 504
      ? "unavailable"
      : response.status === 429
        ? "tooManyRequests"
        : response.status === 413
          ? "tooLarge"
          : "internal";
  return { code, status: response.status, detail: text.slice(0, 300), requestId };
};
