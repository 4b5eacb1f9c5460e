import { StorageError } from "./storage.ts";

/** Where writes become durable. */
export interface Journal {
  /** Why it would not take this record now; undefined takes it. Asked before a write is queued. */
  refuses?(record: JournalRecord): StorageError | undefined;
  /** Resolves when all of it is durable, as one; rejects with nothing of it done. Never called twice at a time. */
  append(records: readonly JournalRecord[]): Promise<void>;
}

export interface JournalRecord {
  readonly store: number;
  readonly revision: number;
  /** Key and encoded item; without an item it is removed. */
  readonly puts: readonly { readonly key: string; readonly text: string | undefined }[];
}

export interface Write {
  readonly record: JournalRecord;
  /** Called once it is durable, in the order of `submit`: now readers may see it. */
  apply(): void;
  /** Called after all of the batch's `apply`s. */
  done(): void;
  failed(error: StorageError): void;
}

/**
 * Group commit: while one batch is on its way to the disk the next one gathers, so that a lone write waits for nobody and many
 * writers share a flush.
 */
export interface Committer {
  submit(write: Write): void;
  /** Does work on the disk while no batch is on its way to it; writes that come meanwhile wait. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

const largestBatch = 1000;

export const createCommitter = (journal: Journal): Committer => {
  let queue: Write[] = [];
  const works: (() => Promise<void>)[] = [];
  let running: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (queue.length > 0 || works.length > 0) {
      const work = works.shift();
      if (work !== undefined) await work();
      if (queue.length === 0) continue;
      const batch = queue.slice(0, largestBatch);
      queue = queue.slice(largestBatch);
      try {
        await journal.append(batch.map((write) => write.record));
      } catch (cause) {
        // What waits behind was checked against this batch's results, which never came to be: it fails with it.
        const error =
          cause instanceof StorageError ? cause : new StorageError("failed", `the store cannot write: ${cause}`, { cause });
        const lost = [...batch, ...queue];
        queue = [];
        for (const write of lost) write.failed(error);
        continue;
      }
      for (const write of batch) write.apply();
      for (const write of batch) write.done();
    }
    running = undefined;
  };

  return {
    submit: (write) => {
      const refusal = journal.refuses?.(write.record);
      if (refusal !== undefined) {
        write.failed(refusal);
        return;
      }
      queue.push(write);
      running ??= Promise.resolve().then(drain);
    },
    exclusive: (work) =>
      new Promise((resolve, reject) => {
        works.push(() => Promise.resolve().then(work).then(resolve, reject));
        running ??= Promise.resolve().then(drain);
      }),
    settled: async () => {
      while (running !== undefined) await running;
    },
  };
};
