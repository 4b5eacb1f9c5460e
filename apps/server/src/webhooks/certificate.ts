import { X509Certificate } from "node:crypto";
import { type Client, isAlreadyExists, isConflict, isNotFound, Secret } from "@slipway/api";
import { createCertificateAuthority, generateKeyPair, issueCertificate } from "@slipway/api/pki/index.ts";
import { serviceOf, type WebhookProvider } from "@slipway/api/webhooks/index.ts";
import type { ServingPair } from "./listen.ts";

/** What a provider's webhooks serve with, and what those who call them must trust. PEM. */
export interface WebhookIdentity extends ServingPair {
  /** One authority, or two while one takes over from another. */
  readonly trusted: string;
}

export interface IdentityOptions {
  readonly client: Client;
  readonly provider: WebhookProvider;
  readonly now: () => Date;
  /** Whole life of a certificate, and when before its end another takes over. */
  readonly days?: number;
  readonly renewDays?: number;
  /** So long everybody is told of a new authority before anything is signed by it. */
  readonly overlapSeconds?: number;
}

const defaults = { days: 90, renewDays: 30, overlapSeconds: 300 };
const nextSince = "webhooks.slipway.dev/next-since";

export const identitySecret = (provider: WebhookProvider) => ({
  namespace: provider.namespace,
  name: `${serviceOf(provider).name}-cert`,
});

/**
 * The identity that is in force, from a Secret that all replicas share; made when there is none. In good time a next one is made
 * beside it: first it is trusted, then it serves, so that nobody is ever met with a certificate that they do not trust.
 */
export const webhookIdentity = async (options: IdentityOptions): Promise<WebhookIdentity> => {
  const { client, provider, now } = options;
  const { days, renewDays, overlapSeconds } = { ...defaults, ...options };
  for (;;) {
    const found = await find(client, provider);
    const held = found === undefined ? undefined : heldBy(found);
    try {
      if (found === undefined || held === undefined || endsWithin(held.current.cert, 0, now())) {
        await write(client, provider, found, { current: await made(provider, now(), days) });
      } else if (held.next === undefined && endsWithin(held.current.cert, renewDays, now())) {
        await write(client, provider, found, { ...held, next: await made(provider, now(), days), since: now() });
      } else if (held.next !== undefined && now().getTime() - (held.since?.getTime() ?? 0) >= overlapSeconds * 1000) {
        await write(client, provider, found, { current: held.next });
      } else {
        const { cert, key, authority } = held.current;
        return { cert, key, trusted: held.next === undefined ? authority : `${authority}${held.next.authority}` };
      }
    } catch (error) {
      // Another replica was faster: what it wrote is read next.
      if (!isConflict(error) && !isAlreadyExists(error)) throw error;
    }
  }
};

interface Pair extends ServingPair {
  readonly authority: string;
}
interface Held {
  readonly current: Pair;
  readonly next?: Pair;
  readonly since?: Date;
}

const find = async (client: Client, provider: WebhookProvider): Promise<Secret | undefined> => {
  try {
    return await client.get(Secret, identitySecret(provider));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

const heldBy = ({ data, metadata }: Secret): Held | undefined => {
  const current = pairOf(data, "tls", "ca");
  if (current === undefined) return undefined;
  const next = pairOf(data, "next-tls", "next-ca");
  const since = metadata.annotations?.[nextSince];
  return { current, ...(next === undefined ? {} : { next }), ...(since === undefined ? {} : { since: new Date(since) }) };
};

const pairOf = (data: Secret["data"], name: string, authority: string): Pair | undefined => {
  const text = (key: string): string => Buffer.from(data?.[key] ?? "", "base64").toString("utf8");
  const pair = { cert: text(`${name}.crt`), key: text(`${name}.key`), authority: text(`${authority}.crt`) };
  try {
    new X509Certificate(pair.cert);
    new X509Certificate(pair.authority);
  } catch {
    return undefined; // somebody spoilt it: then it is made anew
  }
  return pair.key === "" ? undefined : pair;
};

const endsWithin = (cert: string, days: number, now: Date): boolean =>
  new Date(new X509Certificate(cert).validTo).getTime() - now.getTime() < days * 86_400_000;

const made = async (provider: WebhookProvider, now: Date, days: number): Promise<Pair> => {
  const { name, namespace } = serviceOf(provider);
  const host = `${name}.${namespace}.svc`;
  // Its key signs once and is forgotten.
  const authority = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), {
    now,
    commonName: `${name}-ca`,
    days: days + 1,
  });
  const issued = await issueCertificate(
    authority,
    { commonName: host, sans: [host, `${host}.cluster.local`, `${name}.${namespace}`], usages: ["serverAuth"], days },
    { keys: await generateKeyPair("ecdsa-p256"), now },
  );
  return { cert: issued.certificatePem, key: issued.privateKeyPem, authority: authority.certificatePem };
};

const write = async (client: Client, provider: WebhookProvider, before: Secret | undefined, held: Held): Promise<void> => {
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  const entries = (pair: Pair | undefined, name: string, authority: string) =>
    pair === undefined
      ? {}
      : {
          [`${name}.crt`]: encoded(pair.cert),
          [`${name}.key`]: encoded(pair.key),
          [`${authority}.crt`]: encoded(pair.authority),
        };
  const { [nextSince]: _old, ...annotations } = before?.metadata.annotations ?? {};
  const secret: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: {
      ...(before?.metadata ?? identitySecret(provider)),
      labels: { ...before?.metadata.labels, "cluster.x-k8s.io/provider": provider.name },
      annotations: held.since === undefined ? annotations : { ...annotations, [nextSince]: held.since.toISOString() },
    },
    data: { ...entries(held.current, "tls", "ca"), ...entries(held.next, "next-tls", "next-ca") },
  };
  if (before === undefined) await client.create(Secret, secret);
  else await client.update(Secret, secret);
};
