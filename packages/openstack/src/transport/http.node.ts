import { Agent, type Dispatcher, request as undiciRequest } from "undici";
import type { TransportFor } from "../cloud.ts";
import type { Transport } from "./transport.ts";

export interface HttpOptions {
  /** Used when an identity brings no certificates of its own. */
  readonly caPem?: string | undefined;
  /** A cloud that does not begin to answer within this time is unavailable. */
  readonly timeoutSeconds?: number;
  readonly connections?: number;
}

/** Real sockets: one pool of kept-alive connections for each set of trusted certificates. */
export const createHttpTransports = ({
  caPem,
  timeoutSeconds = 60,
  connections = 32,
}: HttpOptions = {}): {
  transportFor: TransportFor;
  close(): Promise<void>;
} => {
  const agents = new Map<string, Agent>();
  const agentFor = (trust: { readonly caPem: string | undefined; readonly verify: boolean }): Agent => {
    const ca = trust.caPem ?? caPem;
    const key = JSON.stringify([ca ?? "", trust.verify]);
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = new Agent({
      connections,
      headersTimeout: timeoutSeconds * 1000,
      bodyTimeout: timeoutSeconds * 1000,
      connect: { timeout: 10_000, rejectUnauthorized: trust.verify, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
    });
    agents.set(key, agent);
    return agent;
  };
  return {
    transportFor: (trust) => httpTransport(agentFor(trust)),
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
    },
  };
};

const httpTransport =
  (dispatcher: Dispatcher): Transport =>
  async ({ method, url, headers, body, signal }) => {
    const answer = await undiciRequest(url, {
      method,
      headers,
      dispatcher,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
      ),
      text: () => answer.body.text(),
    };
  };
