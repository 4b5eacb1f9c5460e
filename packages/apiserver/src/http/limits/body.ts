/** The same pieces, and `over` called once: after the last, after a failure, or when the reader leaves. */
export const watched = <T>(body: AsyncIterable<T>, over: () => void): AsyncIterable<T> => {
  const iterator = body[Symbol.asyncIterator]();
  let told = false;
  const tell = (): void => {
    if (told) return;
    told = true;
    over();
  };
  const watching: AsyncIterator<T> = {
    next: async () => {
      try {
        const piece = await iterator.next();
        if (piece.done === true) tell();
        return piece;
      } catch (error) {
        tell();
        throw error;
      }
    },
    return: async () => {
      tell();
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => watching };
};
