import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Cloud } from "../cloud.ts";
import type { ServiceName } from "../settings.ts";

const names: readonly ServiceName[] = ["identity", "compute", "network", "image", "loadbalancer", "volume"];

/** Ports that are free now, one a service. */
export const freePorts = async (): Promise<{ readonly [name in ServiceName]: number }> => {
  const found: { [name: string]: number } = {};
  const servers: Server[] = [];
  for (const name of names) {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    found[name] = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return found as { readonly [name in ServiceName]: number };
};

/** Real sockets in front of a cloud, for programs that are not ours. */
export const listen = async (
  cloud: Cloud,
  ports: { readonly [name in ServiceName]: number },
): Promise<{ close(): Promise<void> }> => {
  const servers = await Promise.all(
    names.map(async (name) => {
      const server = createServer((request, response) => {
        answer(cloud, name, request, response).catch(() => request.socket.destroy());
      });
      await new Promise<void>((done) => server.listen(ports[name], "127.0.0.1", done));
      return server;
    }),
  );
  return {
    close: async () => {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
};

const answer = async (cloud: Cloud, name: ServiceName, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]));
  const body = Buffer.concat(chunks);
  const reply = await cloud.services[name].fetch(
    new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method ?? "GET",
      headers,
      ...(body.length > 0 && { body }),
    }),
  );
  response.writeHead(reply.status, Object.fromEntries(reply.headers));
  response.end(Buffer.from(await reply.arrayBuffer()));
};
