import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createCertificateAuthority, generateKeyPair, issueCertificate } from "@slipway/api/pki/index.ts";

/** A webhook server of somebody else's, for tests: real TLS on a free loopback port. */
export interface TestWebhook {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** Base64 of PEM, as configurations carry it. */
  readonly caBundle: string;
  /** Every body that came, by path. */
  readonly calls: {
    readonly path: string;
    readonly query: string;
    readonly body: Review;
    readonly headers: { readonly [name: string]: unknown };
  }[];
  /** Answers for a path from now on. */
  on(path: string, handler: WebhookHandler): void;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: reviews are whatever the server under test sends
export type Review = any;
/** Answers the whole body; a number is a status without one. */
export type WebhookHandler = (review: Review) => object | string | number | Promise<object | string | number>;

/** The response part of an AdmissionReview. */
export const answers =
  (response: object | ((review: Review) => object)): WebhookHandler =>
  (review) => ({
    apiVersion: review.apiVersion,
    kind: "AdmissionReview",
    response: { uid: review.request.uid, ...(typeof response === "function" ? response(review) : response) },
  });

export const allowing = answers({ allowed: true });

export const patching = (...operations: readonly object[]): WebhookHandler =>
  answers({ allowed: true, patchType: "JSONPatch", patch: btoa(JSON.stringify(operations)) });

export const startWebhook = async (names: readonly string[] = ["127.0.0.1", "localhost"]): Promise<TestWebhook> => {
  const now = new Date();
  const keys = () => generateKeyPair("ecdsa-p256");
  const authority = await createCertificateAuthority(await keys(), { now });
  const serving = await issueCertificate(
    authority,
    { commonName: "webhook", sans: [...names], usages: ["serverAuth"], days: 1 },
    { keys: await keys(), now },
  );
  const handlers = new Map<string, WebhookHandler>();
  const calls: { path: string; query: string; body: Review; headers: { readonly [name: string]: unknown } }[] = [];
  const server: Server = createServer({ key: serving.privateKeyPem, cert: serving.certificatePem }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "https://webhook");
      const body: Review = JSON.parse(Buffer.concat(pieces).toString("utf8"));
      calls.push({ path: url.pathname, query: url.search, body, headers: request.headers });
      const handler = handlers.get(url.pathname);
      Promise.resolve(handler?.(body) ?? 404).then((answer) => {
        if (typeof answer === "number") response.writeHead(answer, answer === 302 ? { location: "/elsewhere" } : {}).end();
        else response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    caBundle: btoa(authority.certificatePem),
    calls,
    on: (path, handler) => handlers.set(path, handler),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
