import type { Clock, Timer } from "@slipway/runtime";

/** What whoever fills a stream works with. */
export interface Flow {
  send(event: string, data: unknown): void;
  /** Data that is JSON already. */
  sendText(event: string, json: string): void;
  /** Work that is dropped when the stream ends before. */
  later(work: () => void, milliseconds: number): void;
  end(): void;
}

export interface StreamOptions {
  readonly clock: Pick<Clock, "setTimeout">;
  /** Whether the token is still good: asked again while the stream lasts. */
  readonly isGood: () => Promise<boolean>;
  /** Begins to tell; answers with how to stop. */
  readonly follow: (flow: Flow) => () => void;
}

const beatMilliseconds = 15_000;
/** A reader that leaves so much unread is cut: it comes back and begins anew. */
const mostUnreadBytes = 16 * 1024 * 1024;

const encoder = new TextEncoder();

/** A text/event-stream: what there is, then each change; nothing when nothing changes but a beat. */
export const openStream = ({ clock, isGood, follow }: StreamOptions): ReadableStream<Uint8Array> => {
  const timers = new Set<Timer>();
  let unsubscribe = (): void => {};
  let open = true;
  const later = (work: () => void, milliseconds: number): void => {
    const timer = clock.setTimeout(() => {
      timers.delete(timer);
      if (open) work();
    }, milliseconds);
    timers.add(timer);
  };
  const close = (): void => {
    open = false;
    unsubscribe();
    for (const timer of timers) timer.cancel();
    timers.clear();
  };

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const write = (text: string): void => {
          if (!open) return;
          if ((controller.desiredSize ?? 0) < 0) {
            close();
            controller.error(new Error("the reader does not read"));
            return;
          }
          controller.enqueue(encoder.encode(text));
        };
        const sendText = (event: string, json: string): void => write(`event: ${event}\ndata: ${json}\n\n`);
        const send = (event: string, data: unknown): void => sendText(event, JSON.stringify(data));
        const end = (): void => {
          if (!open) return;
          close();
          controller.close();
        };
        const beat = (): void => {
          write(": beat\n\n");
          isGood().then(
            (good) => (good ? later(beat, beatMilliseconds) : end()),
            // Keystone does not answer at the moment: that says nothing of the token.
            () => later(beat, beatMilliseconds),
          );
        };
        unsubscribe = follow({ send, sendText, later, end });
        // Whoever fills it may have ended it at once.
        if (!open) unsubscribe();
        later(beat, beatMilliseconds);
      },
      cancel: close,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostUnreadBytes }),
  );
};
