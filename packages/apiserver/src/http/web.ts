import { type Answer, type AnswerBody, type Exchange, isStreamed, type Peer } from "./exchange.ts";

/** Web requests and responses as exchanges and answers: for callers in the same process and for other runtimes. */
export const exchangeOf = (request: Request, peer: Peer = {}): Exchange => {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    header: (name) => request.headers.get(name) ?? undefined,
    body: async () => new Uint8Array(await request.arrayBuffer()),
    signal: request.signal,
    peer,
  };
};

export const responseOf = (answer: Answer, method: string): Response => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers))
    for (const each of typeof value === "string" ? [value] : value) headers.append(name, each);
  const bodiless = method === "HEAD" || answer.status === 204 || answer.status === 304;
  return new Response(bodiless ? null : webBody(answer.body), { status: answer.status, headers });
};

const webBody = (body: AnswerBody | undefined): BodyInit | null => {
  if (body === undefined) return null;
  if (typeof body === "string") return body;
  if (!isStreamed(body)) return new Uint8Array(body);
  const iterator = body[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
    },
    // The generator may be waiting for an event: it is told to end, but not waited for.
    cancel: () => void iterator.return?.(),
  });
};
