import { promisify } from "node:util";
import { constants, createGzip, gzip } from "node:zlib";
import { type Answer, type Exchange, isStreamed } from "../exchange.ts";
import { drained } from "./sink.node.ts";

const gzipText = promisify<string | Uint8Array, { level: number }, Buffer>(gzip);
const compressFrom = 131_072;

/** Large answers only: small ones are faster as they are, and a watch must not wait for a block to fill. */
export const compressed = async (answer: Answer, exchange: Exchange): Promise<Answer> => {
  const { body } = answer;
  if (body === undefined || answer.longRunning === true) return answer;
  if (!isStreamed(body) && body.length <= compressFrom) return answer;
  if (exchange.header("accept-encoding")?.includes("gzip") !== true) return answer;
  const headers = { ...answer.headers, "content-encoding": "gzip", vary: "Accept-Encoding" };
  if (!isStreamed(body)) return { ...answer, headers, body: await gzipText(body, { level: constants.Z_BEST_SPEED }) };
  return { ...answer, headers, body: gzipStream(body) };
};

async function* gzipStream(body: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGzip({ level: constants.Z_BEST_SPEED });
  const feeding = (async () => {
    for await (const piece of body) if (!stream.write(piece)) await drained(stream);
    stream.end();
  })();
  feeding.catch((error: Error) => stream.destroy(error));
  yield* stream as AsyncIterable<Uint8Array>;
  await feeding;
}
