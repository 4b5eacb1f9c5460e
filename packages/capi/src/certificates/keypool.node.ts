import { generateKeyPair } from "node:crypto";
import { type KeyAlgorithm, type KeyPair, type KeyPool, keyPairFromDer } from "@slipway/api/pki/index.ts";

export interface KeyPoolOptions {
  /** What `take()` gives; default RSA-2048, as kubeadm. */
  readonly algorithm?: KeyAlgorithm;
  /** How many keys wait for their cluster; a cluster takes five. Default 10. */
  readonly ready?: number;
  /**
   * Keys made at once. Key generation fills the thread pool that the store's commits go through too, so this stays below its size
   * (four). Default 2.
   */
  readonly parallel?: number;
  /** Nobody has asked for a key this long: now the stock may be filled. Default 200. */
  readonly idleMilliseconds?: number;
}

export interface RunningKeyPool extends KeyPool {
  /** Makes no more keys ahead of need; `take` goes on working. */
  close(): void;
  stock(): number;
}

/** Keys made on the thread pool, off the event loop: on demand, and ahead of need when nobody asks. */
export const createKeyPool = (options: KeyPoolOptions = {}): RunningKeyPool => {
  const { algorithm = "rsa-2048", ready = 10, parallel = 2, idleMilliseconds = 200 } = options;
  const stock: KeyPair[] = [];
  const waiting: { algorithm: KeyAlgorithm; resolve(pair: KeyPair): void; reject(error: unknown): void }[] = [];
  let running = 0;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;

  const work = (): void => {
    while (running < parallel) {
      const next = waiting.shift();
      if (next === undefined) break;
      running += 1;
      generate(next.algorithm)
        .then(next.resolve, next.reject)
        .finally(() => {
          running -= 1;
          work();
        });
    }
    refillWhenIdle();
  };

  const refillWhenIdle = (): void => {
    clearTimeout(idle);
    if (closed || stock.length >= ready || running > 0 || waiting.length > 0) return;
    idle = setTimeout(refill, idleMilliseconds);
    idle.unref();
  };

  const refill = (): void => {
    if (closed || stock.length >= ready || waiting.length > 0) return;
    running += 1;
    generate(algorithm)
      .then((pair) => stock.push(pair))
      .catch(() => {}) // whoever takes the next key gets to see the error
      .finally(() => {
        running -= 1;
        if (waiting.length > 0) work();
        else refill();
      });
  };

  refillWhenIdle();
  return {
    take: (wanted = algorithm) => {
      const made = wanted === algorithm ? stock.shift() : undefined;
      if (made !== undefined) {
        refillWhenIdle();
        return Promise.resolve(made);
      }
      return new Promise((resolve, reject) => {
        waiting.push({ algorithm: wanted, resolve, reject });
        work();
      });
    },
    stock: () => stock.length,
    close: () => {
      closed = true;
      clearTimeout(idle);
    },
  };
};

const generate = (algorithm: KeyAlgorithm): Promise<KeyPair> =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null, publicKey: Buffer, privateKey: Buffer): void => {
      if (error) reject(error);
      else resolve(keyPairFromDer(new Uint8Array(privateKey), new Uint8Array(publicKey)));
    };
    if (algorithm === "rsa-2048") generateKeyPair("rsa", { modulusLength: 2048, ...der }, done);
    else generateKeyPair("ec", { namedCurve: "P-256", ...der }, done);
  });

const der = {
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "der" },
} as const;
