import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";

/**
 * SPDY/3.1 as far as Kubernetes' clients speak it (remote commands and forwarded ports): no flow control, no push. The frames are those
 * of "SPDY Protocol - Draft 3.1".
 */
export type Frame =
  | { readonly type: "synStream"; readonly streamId: number; readonly fin: boolean; readonly headers: Headers }
  | { readonly type: "synReply"; readonly streamId: number; readonly fin: boolean; readonly headers: Headers }
  | { readonly type: "reset"; readonly streamId: number; readonly status: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goAway" }
  | { readonly type: "headers"; readonly streamId: number; readonly fin: boolean; readonly headers: Headers }
  | { readonly type: "data"; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  /** SETTINGS, WINDOW_UPDATE and what may come: nothing to do. */
  | { readonly type: "other" };

/** Names in lower case. */
export type Headers = ReadonlyMap<string, string>;

/** A frame is never longer: clients send pieces of 32 KiB. */
const longestFrame = 1024 * 1024;
const longestHeaders = 64 * 1024;
const version = 3;
const finFlag = 1;

export class SpdyError extends Error {
  override readonly name = "SpdyError";
}

/** Takes bytes as they come, gives frames. Header blocks depend on each other, so frames are read one after the other. */
export const createFrameReader = () => {
  let buffered: Buffer = Buffer.alloc(0);
  const inflate = createHeaderReader();

  return {
    /** The frames that are complete now. @throws SpdyError when this is no SPDY/3 */
    read: async (bytes: Uint8Array): Promise<readonly Frame[]> => {
      buffered = buffered.length === 0 ? Buffer.from(bytes) : Buffer.concat([buffered, bytes]);
      const frames: Frame[] = [];
      while (buffered.length >= 8) {
        const length = buffered.readUInt32BE(4) & 0xffffff;
        if (length > longestFrame) throw new SpdyError(`a frame of ${length} bytes is too long`);
        if (buffered.length < 8 + length) break;
        frames.push(await frameOf(buffered.subarray(0, 8), buffered.subarray(8, 8 + length), inflate.read));
        buffered = buffered.subarray(8 + length);
      }
      return frames;
    },
    close: inflate.close,
  };
};

const frameOf = async (head: Buffer, body: Buffer, headers: (block: Buffer) => Promise<Headers>): Promise<Frame> => {
  const flags = head[4] ?? 0;
  const fin = (flags & finFlag) !== 0;
  const first = head.readUInt32BE(0);
  if (first >>> 31 === 0) return { type: "data", streamId: first, fin, data: Buffer.from(body) };
  if (((first >>> 16) & 0x7fff) !== version) throw new SpdyError("this is not SPDY/3");
  const id = () => {
    if (body.length < 4) throw new SpdyError("a frame is too short");
    return body.readUInt32BE(0) & 0x7fffffff;
  };
  switch (first & 0xffff) {
    case 1:
      if (body.length < 10) throw new SpdyError("a SYN_STREAM is too short");
      return { type: "synStream", streamId: id(), fin, headers: await headers(body.subarray(10)) };
    case 2:
      return { type: "synReply", streamId: id(), fin, headers: await headers(body.subarray(4)) };
    case 3:
      return { type: "reset", streamId: id(), status: body.length >= 8 ? body.readUInt32BE(4) : 0 };
    case 6:
      if (body.length < 4) throw new SpdyError("a PING is too short");
      return { type: "ping", id: body.readUInt32BE(0) };
    case 7:
      return { type: "goAway" };
    case 8:
      return { type: "headers", streamId: id(), fin, headers: await headers(body.subarray(4)) };
    default:
      return { type: "other" };
  }
};

const createHeaderReader = () => {
  const inflate: Inflate = createInflate({ dictionary });
  let pieces: Buffer[] = [];
  let size = 0;
  let failure: Error | undefined;
  inflate.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size <= longestHeaders) pieces.push(piece);
  });
  inflate.on("error", (error) => {
    failure = error;
  });
  return {
    read: (block: Buffer): Promise<Headers> =>
      new Promise((resolve, reject) => {
        inflate.once("error", reject);
        inflate.write(block, (error) => {
          inflate.off("error", reject);
          const text = Buffer.concat(pieces);
          const whole = size <= longestHeaders;
          pieces = [];
          size = 0;
          const wrong = error ?? failure;
          if (wrong !== undefined && wrong !== null) return reject(new SpdyError(`headers cannot be read: ${wrong.message}`));
          if (!whole) return reject(new SpdyError("headers are too long"));
          try {
            resolve(pairsOf(text));
          } catch (thrown) {
            reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
          }
        });
      }),
    close: () => {
      inflate.close();
    },
  };
};

const pairsOf = (block: Buffer): Headers => {
  const pairs = new Map<string, string>();
  let at = 0;
  const number = (): number => {
    if (at + 4 > block.length) throw new SpdyError("headers end too early");
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > block.length) throw new SpdyError("headers end too early");
    at += length;
    return block.toString("utf8", at - length, at);
  };
  for (let left = number(); left > 0; left -= 1) {
    const name = text();
    pairs.set(name.toLowerCase(), text());
  }
  return pairs;
};

/** Frames as bytes. Header blocks depend on each other, so they are written one after the other. */
export const createFrameWriter = () => {
  const deflate: Deflate = createDeflate({ dictionary });
  let pieces: Buffer[] = [];
  deflate.on("data", (piece: Buffer) => pieces.push(piece));
  deflate.on("error", () => {});
  const block = (headers: Headers): Promise<Buffer> =>
    new Promise((resolve) => {
      const parts: Buffer[] = [uint32(headers.size)];
      for (const pair of headers) for (const text of pair) parts.push(uint32(Buffer.byteLength(text)), Buffer.from(text));
      deflate.write(Buffer.concat(parts));
      deflate.flush(constants.Z_SYNC_FLUSH, () => {
        const made = Buffer.concat(pieces);
        pieces = [];
        resolve(made);
      });
    });
  return {
    synStream: async (streamId: number, headers: Headers): Promise<Buffer> =>
      control(1, 0, Buffer.concat([uint32(streamId), uint32(0), Buffer.from([0, 0]), await block(headers)])),
    synReply: async (streamId: number, headers: Headers): Promise<Buffer> =>
      control(2, 0, Buffer.concat([uint32(streamId), await block(headers)])),
    reset: (streamId: number, status: number): Buffer => control(3, 0, Buffer.concat([uint32(streamId), uint32(status)])),
    ping: (id: number): Buffer => control(6, 0, uint32(id)),
    goAway: (lastStreamId: number): Buffer => control(7, 0, Buffer.concat([uint32(lastStreamId), uint32(0)])),
    data: (streamId: number, data: Uint8Array, fin: boolean): Buffer => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(streamId, 0);
      head.writeUInt32BE(data.length, 4);
      head[4] = fin ? finFlag : 0;
      return Buffer.concat([head, data]);
    },
    close: () => {
      deflate.close();
    },
  };
};

const control = (type: number, flags: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(body.length, 4);
  head[4] = flags;
  return Buffer.concat([head, body]);
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0, 0);
  return bytes;
};

/** What the draft (2.6.10.1) starts the compression of headers with: words with their lengths, then words without. */
const words =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization " +
  "cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range " +
  "content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified " +
  "location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding " +
  "upgrade user-agent vary via warning www-authenticate method get status";
const pairs = ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"];
const rest =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information" +
  "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error" +
  "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, " +
  "Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,public" +
  "privatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

export const dictionary: Buffer = Buffer.concat([
  ...[...words.split(" "), ...pairs].flatMap((word) => [uint32(word.length), Buffer.from(word)]),
  Buffer.from(rest),
]);
