import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { type EtcdClient, EtcdError, type EtcdWatch, type WatchEvent } from "./client.ts";
import { type GrpcChannel, type GrpcCredentials, GrpcError, grpcCode, openGrpc } from "./grpc.node.ts";
import { compactRequest, keyMethods, rangeRequest, readRange, readTxn, readWatch, txnRequest, watchRequest } from "./keys.ts";

export interface EtcdOptions {
  /** `http://127.0.0.1:2379`, `https://etcd-1:2379`; any of one cluster, tried in turn. */
  readonly endpoints: readonly string[];
  /** For https. */
  readonly credentials?: GrpcCredentials;
  /** Default 5 s. */
  readonly dialTimeoutMilliseconds?: number;
  /** Default 10 s. */
  readonly callTimeoutMilliseconds?: number;
}

/** A client over sockets: one connection, to the first endpoint that answers, and to the next when it is lost. */
export const connectEtcd = (options: EtcdOptions): EtcdClient => {
  let current: Promise<GrpcChannel> | undefined;
  let turn = 0;
  let closed = false;

  const channel = (): Promise<GrpcChannel> => {
    if (closed) return Promise.reject(new EtcdError("unavailable", "the client of etcd is closed"));
    if (current !== undefined) return current;
    const opening = dialAny();
    const forget = (): void => {
      if (current === opening) current = undefined;
    };
    current = opening;
    opening.then((opened) => opened.onClose(forget), forget);
    return opening;
  };

  const dialAny = async (): Promise<GrpcChannel> => {
    const reasons: string[] = [];
    for (let tried = 0; tried < options.endpoints.length; tried += 1) {
      const endpoint = options.endpoints[turn % options.endpoints.length] ?? "";
      try {
        return await dial(endpoint, options);
      } catch (error) {
        turn += 1;
        reasons.push(`${endpoint}: ${error instanceof Error ? error.message : error}`);
      }
    }
    throw new EtcdError("unavailable", `no etcd endpoint can be reached: ${reasons.join("; ")}`);
  };

  const call = async (method: string, request: Uint8Array, writes: boolean): Promise<Uint8Array> => {
    const opening = channel();
    const open = await opening;
    try {
      return await open.call(method, request);
    } catch (error) {
      if (error instanceof GrpcError && (error.code === grpcCode.unavailable || error.code === grpcCode.deadlineExceeded)) {
        if (current === opening) {
          current = undefined;
          turn += 1;
        }
        open.close();
      }
      throw asEtcdError(error, writes);
    }
  };

  return {
    range: async (request) => readRange(await call(keyMethods.range, rangeRequest(request), false)),
    txn: async (request) => readTxn(await call(keyMethods.txn, txnRequest(request), true)),
    compact: async (revision) => {
      await call(keyMethods.compact, compactRequest(revision), false);
    },
    watch: (request) => {
      let stop = (): void => undefined;
      let over = false;
      const batches = async function* (): AsyncGenerator<readonly WatchEvent[]> {
        const open = await channel();
        if (over) return;
        const stream = open.stream(keyMethods.watch);
        stop = stream.close;
        stream.send(watchRequest(request));
        try {
          for await (const message of stream.messages) {
            const { events, canceled, compactRevision, reason } = readWatch(message);
            if (compactRevision > 0) throw new EtcdError("compacted", `etcd has forgotten revisions before ${compactRevision}`);
            if (canceled) throw new EtcdError("unavailable", `etcd ended the watch: ${reason}`);
            if (events.length > 0) yield events;
          }
        } catch (error) {
          if (over) return;
          throw asEtcdError(error, false);
        } finally {
          stream.close();
        }
      };
      const watch: EtcdWatch = {
        batches: batches(),
        close: () => {
          over = true;
          stop();
        },
      };
      return watch;
    },
    close: () => {
      closed = true;
      void current?.then((open) => open.close()).catch(() => undefined);
    },
  };
};

const dial = async (endpoint: string, options: EtcdOptions): Promise<GrpcChannel> => {
  const { dialTimeoutMilliseconds = 5000, callTimeoutMilliseconds = 10_000, credentials } = options;
  const url = new URL(endpoint);
  if (url.protocol === "https:" && credentials === undefined) throw new Error("https needs certificates");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const socket = connectTcp({ host, port: Number(url.port || 2379), noDelay: true });
  const signal = AbortSignal.timeout(dialTimeoutMilliseconds);
  try {
    await once(socket, "connect", { signal });
    socket.setKeepAlive(true, 10_000);
    const opening = openGrpc(socket, {
      authority: url.protocol === "https:" ? host : url.host,
      callTimeoutMilliseconds,
      ...(url.protocol === "https:" && credentials !== undefined ? { credentials } : {}),
    });
    const late = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(new Error(`no answer within ${dialTimeoutMilliseconds / 1000} s`)), {
        once: true,
      }),
    );
    return await Promise.race([opening, late]);
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? new Error(`no connection within ${dialTimeoutMilliseconds / 1000} s`) : error;
  }
};

const asEtcdError = (error: unknown, writes: boolean): EtcdError => {
  if (error instanceof EtcdError) return error;
  if (!(error instanceof GrpcError))
    return new EtcdError("unavailable", error instanceof Error ? error.message : String(error), { cause: error });
  const { message } = error;
  switch (error.code) {
    case grpcCode.resourceExhausted:
      // Its other use, too many requests, passes by itself.
      return new EtcdError(message.includes("space exceeded") ? "full" : "unavailable", message, { cause: error });
    case grpcCode.outOfRange:
      return new EtcdError("compacted", message, { cause: error });
    case grpcCode.unavailable:
    case grpcCode.deadlineExceeded:
      return new EtcdError(writes ? "unknown" : "unavailable", message, { cause: error });
    default:
      return new EtcdError("refused", message, { cause: error });
  }
};
