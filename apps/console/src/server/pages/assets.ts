import { createHash, randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Incoming, Outgoing } from "../http/exchange.ts";
import { securityHeaders } from "../http/headers.ts";
import { notBuiltPage } from "./notbuilt.ts";

const types: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Written into index.html at each load, for style elements that components make. */
export const noncePlaceholder = "__CSP_NONCE__";

interface Asset {
  readonly modified: number;
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly encoded: Map<"br" | "gzip", Buffer>;
}

const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) };
/** Small things gain nothing; pictures and fonts are compressed already. */
const worthBytes = 1024;
const mostAssets = 2000;

/**
 * The built front end, as files. Names under `assets/` carry a hash of their content and are kept for ever; all else is asked for
 * again. A path that is no file is a page of the single-page app. `*.br` and `*.gz` beside a file are used; without them it is
 * compressed once and kept.
 */
export const createAssets = (folder: string, options: { readonly tls: boolean }) => {
  const kept = new Map<string, Promise<Asset | undefined>>();

  const load = async (file: string): Promise<Asset | undefined> => {
    const found = await stat(file).catch(() => undefined);
    if (found === undefined || !found.isFile()) return undefined;
    const plain = await readFile(file);
    const encoded = new Map<"br" | "gzip", Buffer>();
    for (const [encoding, suffix] of [
      ["br", ".br"],
      ["gzip", ".gz"],
    ] as const) {
      const ready = await readFile(`${file}${suffix}`).catch(() => undefined);
      if (ready !== undefined) encoded.set(encoding, ready);
    }
    return {
      modified: found.mtimeMs,
      type: types[extname(file)] ?? "application/octet-stream",
      etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
      plain,
      encoded,
    };
  };
  const find = async (path: string): Promise<Asset | undefined> => {
    const file = normalize(join(folder, path));
    if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep) || path.includes("\0")) return undefined;
    const known = await kept.get(file);
    const modified = (await stat(file).catch(() => undefined))?.mtimeMs;
    if (known !== undefined && known.modified === modified) return known;
    if (modified === undefined) return undefined;
    const loaded = load(file);
    kept.set(file, loaded);
    const oldest = kept.keys().next().value;
    if (kept.size > mostAssets && oldest !== undefined) kept.delete(oldest);
    return loaded;
  };

  const encodedFor = async (asset: Asset, accept: string): Promise<{ body: Buffer; encoding?: "br" | "gzip" }> => {
    const worth = asset.plain.length >= worthBytes && /^(text|application\/(json|manifest))|svg/.test(asset.type);
    const encoding = !worth ? undefined : accepts(accept, "br") ? "br" : accepts(accept, "gzip") ? "gzip" : undefined;
    if (encoding === undefined) return { body: asset.plain };
    const ready = asset.encoded.get(encoding);
    if (ready !== undefined) return { body: ready, encoding };
    const made =
      encoding === "br"
        ? await compress.br(asset.plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
        : await compress.gzip(asset.plain, { level: 9 });
    asset.encoded.set(encoding, made);
    return { body: made, encoding };
  };

  /** index.html is another one at each load: its nonce must not be known before. */
  const page = async (index: Asset): Promise<Outgoing> => {
    const nonce = randomBytes(16).toString("base64");
    return {
      status: 200,
      headers: {
        ...securityHeaders({ nonce, tls: options.tls }),
        "content-type": types[".html"] ?? "",
        "cache-control": "no-store",
      },
      body: index.plain.toString("utf8").replaceAll(noncePlaceholder, nonce),
    };
  };

  return async (incoming: Incoming): Promise<Outgoing> => {
    if (incoming.method !== "GET" && incoming.method !== "HEAD")
      return { status: 405, headers: { allow: "GET, HEAD", "content-type": "text/plain" }, body: "Pages are read with GET.\n" };
    let path: string;
    try {
      path = decodeURIComponent(incoming.path);
    } catch {
      return notFound;
    }
    const isPage = path === "/" || path === "/index.html" || !/\.[A-Za-z0-9]+$/.test(path.slice(path.lastIndexOf("/")));
    if (isPage && !path.startsWith("/assets/")) {
      const index = await find("/index.html");
      return index === undefined ? notBuiltPage() : page(index);
    }
    const asset = await find(path);
    if (asset === undefined || /\.(br|gz|map)$/.test(path)) return notFound;
    const headers = {
      "content-type": asset.type,
      "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      etag: asset.etag,
      vary: "accept-encoding",
    };
    if (incoming.headers["if-none-match"] === asset.etag) return { status: 304, headers };
    const { body, encoding } = await encodedFor(asset, incoming.headers["accept-encoding"] ?? "");
    return { status: 200, headers: { ...headers, ...(encoding === undefined ? {} : { "content-encoding": encoding }) }, body };
  };
};

const notFound: Outgoing = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  body: "There is no such file.\n",
};

export const accepts = (header: string, encoding: string): boolean =>
  header.split(",").some((part) => {
    const [name = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
