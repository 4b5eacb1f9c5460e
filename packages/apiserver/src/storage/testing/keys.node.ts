import type { SealingKey } from "../sealing.node.ts";

/** Keys that everybody knows. */
export const testKeys: readonly SealingKey[] = ["a", "b"].map((name) => ({ name, secret: Buffer.alloc(32, name) }));
