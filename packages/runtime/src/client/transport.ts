/** How a request to a Kubernetes API leaves: handed in by `apps/` (an undici pool, a server's own `fetch`). Connections are its business. */
export type KubeTransport = (request: KubeRequest) => Promise<KubeResponse>;

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With the query: `/api/v1/nodes?watch=true`. */
  readonly path: string;
  readonly headers: { readonly [lowerCaseName: string]: string };
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface KubeResponse {
  readonly status: number;
  readonly header: (lowerCaseName: string) => string | undefined;
  text(): Promise<string>;
  /** The body as it arrives. Leaving the loop ends the request. */
  chunks(): AsyncIterable<string>;
}

/** Over anything shaped like web `fetch`: a server of ours in the same process, a browser. */
export const fetchTransport =
  (
    fetch: (request: Request) => Promise<Response>,
    server: string,
    extraHeaders: { readonly [name: string]: string } = {},
  ): KubeTransport =>
  async ({ method, path, headers, body, signal }) => {
    const response = await fetch(
      new Request(new URL(path, server), {
        method,
        headers: { ...headers, ...extraHeaders },
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      }),
    );
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      text: () => response.text(),
      chunks: () => decoded(response.body),
    };
  };

async function* decoded(body: ReadableStream<Uint8Array> | null): AsyncIterable<string> {
  if (!body) return;
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      yield decoder.decode(part.value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
