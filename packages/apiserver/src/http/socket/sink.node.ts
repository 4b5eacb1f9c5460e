import { type AnswerBody, isStreamed } from "../exchange.ts";

/** What a node stream and a response have in common. */
export interface Sink {
  destroy(): unknown;
  write(chunk: string | Uint8Array): boolean;
  end(chunk?: string | Uint8Array): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
  readonly destroyed: boolean;
}

export const send = async (body: AnswerBody | undefined, sink: Sink): Promise<void> => {
  if (!isStreamed(body)) {
    sink.end(body ?? "");
    return;
  }
  for await (const piece of body) {
    if (sink.destroyed) return;
    if (!sink.write(piece)) await drained(sink);
  }
  if (!sink.destroyed) sink.end();
};

/** A reader that does not read holds only its own stream: events stay in the store's history until it does. */
export const drained = (sink: Sink): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      sink.off("drain", done);
      sink.off("close", done);
      resolve();
    };
    sink.once("drain", done);
    sink.once("close", done);
  });

export const discard = (body: AnswerBody | undefined): void => {
  if (isStreamed(body)) void body[Symbol.asyncIterator]().return?.();
};
