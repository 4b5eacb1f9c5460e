import { type Answer, type Exchange, isStreamed } from "../exchange.ts";
import type { ApiServer } from "../server.ts";
import { compressed } from "./compress.node.ts";
import type { Sink } from "./sink.node.ts";

/** What both protocols share: who is under way here, and what is said to those who come too late. */
export interface Traffic {
  readonly api: ApiServer;
  readonly limit: number;
  readonly stopping: AbortSignal;
  answer(exchange: Exchange, sink: Sink): Promise<Answer>;
  /** Resolves when nobody is under way any more, or after that long. */
  idle(milliseconds: number): Promise<void>;
  close(): void;
}

export const createTraffic = (api: ApiServer, limit: number, stopping: AbortSignal, answerSeconds: number): Traffic => {
  let underWay = 0;
  let whenIdle: (() => void) | undefined;
  /** Answers that do not fit into a socket's buffers at once: their readers have to take them within bounds. */
  const large = new Map<Sink, number>();
  const sweeper = setInterval(() => {
    const now = performance.now();
    for (const [sink, until] of large) if (until <= now) sink.destroy();
  }, 1000);
  sweeper.unref();
  const left = (): void => {
    underWay -= 1;
    if (underWay === 0) whenIdle?.();
  };

  const answer = async (exchange: Exchange, sink: Sink): Promise<Answer> => {
    if (stopping.aborted && !isProbe(exchange.path)) return leavingAnswer;
    underWay += 1;
    let given: Answer;
    try {
      given = await compressed(await api.handle(exchange), exchange);
    } catch (error) {
      left();
      throw error;
    }
    const { body, longRunning } = given;
    if (longRunning === true || (!isStreamed(body) && (body?.length ?? 0) < largeBytes)) {
      left();
      return given;
    }
    if (sink.destroyed) {
      left();
      return given;
    }
    large.set(sink, performance.now() + answerSeconds * 1000);
    sink.once("close", () => {
      large.delete(sink);
      left();
    });
    return given;
  };

  return {
    api,
    limit,
    stopping,
    answer,
    idle: (milliseconds) => {
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const late = setTimeout(resolve, milliseconds);
        whenIdle = () => {
          clearTimeout(late);
          resolve();
        };
      });
    },
    close: () => clearInterval(sweeper),
  };
};

const largeBytes = 64 * 1024;
const isProbe = (path: string): boolean => /^\/(livez|readyz|healthz)(\/|$)/.test(path);

/** client-go comes again a second later, and by then to another server or to the next of this one. */
const leavingAnswer: Answer = {
  status: 429,
  headers: { "content-type": "text/plain; charset=utf-8", "retry-after": "1" },
  body: "The apiserver is shutting down, please try again later.\n",
};
