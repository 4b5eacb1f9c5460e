import { Agent, request } from "undici";
import type { OpenWatch } from "./upstream.ts";

/** Streams over real sockets, without a limit on how long they last; silence is for the reader to judge. */
export const createOpenWatch = (
  options: { readonly caPem?: string | undefined } = {},
): { open: OpenWatch; close(): Promise<void> } => {
  const agent = new Agent({
    headersTimeout: 30_000,
    bodyTimeout: 0,
    connections: null,
    ...(options.caPem === undefined ? {} : { connect: { ca: options.caPem } }),
  });
  return {
    open: async (url, headers, signal) => {
      const answer = await request(url, { dispatcher: agent, headers, signal });
      return { status: answer.statusCode, chunks: answer.body };
    },
    close: () => agent.destroy(),
  };
};
