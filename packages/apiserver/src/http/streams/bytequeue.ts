/** Pieces of bytes that came before anybody took them. */
export interface ByteQueue {
  push(data: Uint8Array): void;
  /** Nothing more comes; what is there can still be taken. */
  finish(): void;
  /** Nobody takes any more. */
  drop(): void;
  readonly readable: ReadableStream<Uint8Array>;
}

/** `counted` is told of bytes that came to wait (positive) and that wait no more (negative). */
export const createByteQueue = (counted: (bytes: number) => void): ByteQueue => {
  const waiting: Uint8Array[] = [];
  let finished = false;
  let wake: (() => void) | undefined;
  const drop = (): void => {
    for (const data of waiting.splice(0)) counted(-data.length);
    finished = true;
    wake?.();
  };
  return {
    push: (data) => {
      if (finished || data.length === 0) return;
      waiting.push(data);
      counted(data.length);
      wake?.();
    },
    finish: () => {
      finished = true;
      wake?.();
    },
    drop,
    readable: new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          while (waiting.length === 0 && !finished)
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          const data = waiting.shift();
          if (data === undefined) return controller.close();
          counted(-data.length);
          controller.enqueue(data);
        },
        cancel: drop,
      },
      { highWaterMark: 0 },
    ),
  };
};

/** Stops a wire from being read while more than so many bytes wait. */
export const createThrottle = (wire: { pause(): void; resume(): void }, most = 1024 * 1024): ((bytes: number) => void) => {
  let unread = 0;
  let paused = false;
  return (bytes) => {
    unread += bytes;
    if (!paused && unread > most) wire.pause();
    if (paused && unread <= most) wire.resume();
    paused = unread > most;
  };
};
