import type { Status } from "@slipway/api/program/status.ts";

/** What the starting program tells whoever started it. */
export interface StartReport {
  step<T>(name: string, work: (detail: (text: string) => void) => Promise<T>, done?: (result: T) => string): Promise<T>;
  notice(text: string): void;
  ready(status: Status): void;
  failed(message: string, code: number): void;
}

/** Over the channel to the parent process, when there is one; the parent may go at any time. */
export const reportToParent = (): StartReport => {
  const send = (message: object) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  return {
    step: async (name, work, done) => {
      send({ type: "step", name, state: "started" });
      const result = await work((detail) => send({ type: "step", name, state: "started", detail }));
      send({ type: "step", name, state: "done", ...(done === undefined ? {} : { detail: done(result) }) });
      return result;
    },
    notice: (text) => send({ type: "notice", text }),
    ready: (status) => send({ type: "ready", status }),
    failed: (message, code) => send({ type: "failed", message, code }),
  };
};
