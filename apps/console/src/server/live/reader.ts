import type { ServerResponse } from "node:http";
import type { OperatorList } from "../../contract/index.ts";

/** One browser's stream. Writes never wait: who does not read is cut, and comes back by itself. */
export interface Reader {
  /** Only this cluster's page is open there. */
  readonly cluster: string | undefined;
  /** Only this list of every project's is. */
  readonly list: OperatorList | undefined;
  /** Bytes as they go on the wire. */
  write(frame: string): void;
  end(): void;
}

/** As much as a first list of some thousand clusters takes. */
const mostWaitingBytes = 16 * 1024 * 1024;
/** A reader that takes nothing for so long is gone. */
const patienceMilliseconds = 30_000;

export const createReader = (
  response: Pick<ServerResponse, "write" | "end" | "destroy" | "writableLength" | "writableEnded" | "destroyed" | "once">,
  options: {
    readonly cluster: string | undefined;
    readonly list: OperatorList | undefined;
    readonly onCut: () => void;
    readonly now?: () => number;
  },
): Reader => {
  const now = options.now ?? Date.now;
  let stuckSince: number | undefined;
  const cut = () => {
    if (response.destroyed) return;
    options.onCut();
    response.destroy();
  };
  return {
    cluster: options.cluster,
    list: options.list,
    write: (frame) => {
      if (response.destroyed || response.writableEnded) return;
      if (response.writableLength > mostWaitingBytes) return cut();
      if (stuckSince !== undefined && now() - stuckSince > patienceMilliseconds) return cut();
      if (!response.write(frame) && stuckSince === undefined) {
        stuckSince = now();
        response.once("drain", () => {
          stuckSince = undefined;
        });
      }
    },
    end: () => void response.end(),
  };
};
