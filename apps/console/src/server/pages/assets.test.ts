import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Incoming } from "../http/exchange.ts";
import { createAssets } from "./assets.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-pages-"));
  mkdirSync(join(folder, "pages/assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "not for browsers");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ask = (path: string, headers: { readonly [name: string]: string } = {}, method = "GET") => {
  const incoming: Incoming = { method, path, query: new URLSearchParams(), headers, body: new Uint8Array(), remote: "x" };
  return assets(incoming);
};
let assets: ReturnType<typeof createAssets>;
beforeEach(() => {
  assets = createAssets(join(folder, "pages"), { tls: false });
});
const put = (path: string, content: string | Buffer) => writeFileSync(join(folder, "pages", path), content);

test("without pages it says what to do, and serves them once they are there", async () => {
  expect(await ask("/")).toMatchObject({ status: 503, body: expect.stringContaining("npm run build") });
  put("index.html", "<title>IaaS UI</title>");
  expect(await ask("/")).toMatchObject({ status: 200, body: "<title>IaaS UI</title>" });
  expect(await ask("/clusters/0f-1")).toMatchObject({ status: 200 });
  expect((await ask("/", {}, "POST")).status).toBe(405);
});

test("each page load has a nonce of its own, in the page and in its policy", async () => {
  put("index.html", '<meta name="csp-nonce" content="__CSP_NONCE__">');
  const [one, two] = [await ask("/"), await ask("/")];
  const nonce = /content="([^"]{24})"/.exec(String(one.body))?.[1];
  expect(one.headers["content-security-policy"]).toContain(`style-src 'self' 'nonce-${nonce}'`);
  expect(one.body).not.toBe(two.body);
  expect(one.headers["cache-control"]).toBe("no-store");
});

test("files with a hash in their name are kept for ever, others are asked for again [CON-076]", async () => {
  put("assets/app-3f9a.js", "x".repeat(5000));
  put("icon.svg", "<svg/>");
  const script = await ask("/assets/app-3f9a.js");
  expect(script.headers).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
  });
  const icon = await ask("/icon.svg");
  expect(icon.headers["cache-control"]).toBe("no-cache");
  expect((await ask("/icon.svg", { "if-none-match": icon.headers["etag"] ?? "" })).status).toBe(304);
  put("icon.svg", "<svg>new</svg>");
  expect((await ask("/icon.svg", { "if-none-match": icon.headers["etag"] ?? "" })).status).toBe(200);
  expect((await ask("/assets/old-1234.js")).status).toBe(404);
});

test("text goes compressed: as it was built, else once and kept [CON-076]", async () => {
  const text = "console ".repeat(2000);
  put("assets/a.js", text);
  put("assets/b.js", text);
  put("assets/b.js.br", brotliCompressSync("built"));
  const brotli = await ask("/assets/a.js", { "accept-encoding": "gzip, deflate, br" });
  expect(brotli.headers).toMatchObject({ "content-encoding": "br", vary: "accept-encoding" });
  expect(brotliDecompressSync(brotli.body as Buffer).toString()).toBe(text);
  const gzip = await ask("/assets/a.js", { "accept-encoding": "gzip, br;q=0" });
  expect(gunzipSync(gzip.body as Buffer).toString()).toBe(text);
  expect((await ask("/assets/a.js")).headers["content-encoding"]).toBeUndefined();
  expect(brotliDecompressSync((await ask("/assets/b.js", { "accept-encoding": "br" })).body as Buffer).toString()).toBe("built");
});

test("nothing outside of the folder is served", async () => {
  put("index.html", "page");
  for (const path of [
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/assets/../../secret.txt",
    "/assets/%00.js",
    "/%ff.txt",
  ]) {
    const { status, body } = await ask(path);
    expect([path, status, String(body).includes("not for browsers")]).toEqual([path, 404, false]);
  }
});
