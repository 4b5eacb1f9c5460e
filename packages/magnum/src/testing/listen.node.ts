import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** For tests: a web `fetch` behind a real socket, on a free port of this machine. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

export const listen = async (fetch: (request: Request) => Promise<Response>): Promise<Listening> => {
  const server = createServer((incoming, outgoing) => {
    read(incoming)
      .then(fetch)
      .then(async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(Buffer.from(await response.arrayBuffer()));
      })
      .catch((error: unknown) => {
        outgoing.writeHead(500).end(String(error));
      });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};

const read = async (incoming: IncomingMessage): Promise<Request> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) for (const one of [value ?? []].flat()) headers.append(name, one);
  const method = incoming.method ?? "GET";
  const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "localhost"}`);
  return new Request(url, { method, headers, ...(chunks.length > 0 && method !== "GET" && { body: Buffer.concat(chunks) }) });
};
