/** Whether the session that the pages were opened with has ended: the pages stay, and a dialog asks for the password. */

export interface Ending {
  get(): boolean;
  subscribe(listener: () => void): () => void;
  set(ended: boolean): void;
}

export const createEnding = (): Ending => {
  let ended = false;
  const listeners = new Set<() => void>();
  return {
    get: () => ended,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (now) => {
      if (now === ended) return;
      ended = now;
      for (const listener of listeners) listener();
    },
  };
};
