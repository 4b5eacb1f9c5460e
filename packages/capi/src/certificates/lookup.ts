import { type Client, clusterSecretName, isNotFound, type ObjectRef, Secret, type Stored } from "@slipway/api";
import { createCertificateAuthority, type KeyPool } from "@slipway/api/pki/index.ts";
import type { Caches } from "@slipway/runtime";
import type { CertificateSpec } from "./purposes.ts";
import { type CertificatePurpose, certificateSecret, type PemPair, readCertificateSecret, type SecretPlace } from "./secrets.ts";

/** A certificate as it stands: with `secret` when it is stored, without `pair` when it is nowhere. */
export interface FoundCertificate {
  readonly spec: CertificateSpec;
  readonly pair?: PemPair;
  readonly secret?: Stored<Secret>;
}

export interface SecretReader {
  readonly client: Pick<Client, "get">;
  readonly caches: Pick<Caches, "find">;
}

/** The cache may hold only labelled Secrets, so what a user made without the label is asked for itself. */
export const findSecret = async ({ client, caches }: SecretReader, ref: ObjectRef): Promise<Stored<Secret> | undefined> =>
  caches.find(Secret, ref) ??
  client.get(Secret, ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });

/** @throws when an external certificate is missing or a Secret has no certificate in it */
export const lookUpCertificates = (
  reader: SecretReader,
  cluster: { readonly namespace: string; readonly name: string },
  specs: readonly CertificateSpec[],
): Promise<readonly FoundCertificate[]> =>
  Promise.all(
    specs.map(async (spec) => {
      const ref = { namespace: cluster.namespace, name: clusterSecretName(cluster.name, spec.purpose) };
      const secret = await findSecret(reader, ref);
      if (secret !== undefined) return { spec, secret, pair: readCertificateSecret(secret) };
      if (spec.external) {
        throw new Error(`external certificate not found: create Secret ${ref.namespace}/${ref.name}, it is never generated`);
      }
      return { spec };
    }),
  );

export interface Generation {
  readonly client: Pick<Client, "create">;
  readonly keys: KeyPool;
  readonly now: Date;
  readonly place: SecretPlace;
}

/**
 * Generates what is missing and stores it: first all pairs, then one Secret each. A Secret that appeared meanwhile is an error and not
 * overwritten; the next pass finds it.
 */
export const generateMissing = async (
  found: readonly FoundCertificate[],
  { client, keys, now, place }: Generation,
): Promise<readonly FoundCertificate[]> => {
  const generated = await Promise.all(
    found.map(async (certificate) =>
      certificate.pair === undefined && !certificate.spec.external
        ? { ...certificate, pair: await generate(certificate.spec.purpose, keys, now) }
        : certificate,
    ),
  );
  return Promise.all(
    generated.map(async (certificate) =>
      certificate.secret === undefined && certificate.pair !== undefined
        ? {
            ...certificate,
            secret: await client.create(Secret, certificateSecret(place, certificate.spec.purpose, certificate.pair)),
          }
        : certificate,
    ),
  );
};

/** The service account's pair signs tokens, not certificates: its public half stands where others have a certificate. */
const generate = async (purpose: CertificatePurpose, keys: KeyPool, now: Date): Promise<PemPair> => {
  const pair = await keys.take();
  return purpose === "sa"
    ? { certificatePem: pair.publicKeyPem, privateKeyPem: pair.privateKeyPem }
    : createCertificateAuthority(pair, { now });
};

/** For machines that join: everything must be there, key included, unless the user keeps the key elsewhere. */
export const incompleteCertificates = (found: readonly FoundCertificate[]): readonly string[] =>
  found
    .filter(({ spec, pair }) => !pair || pair.certificatePem === "" || (!spec.external && pair.privateKeyPem === ""))
    .map(({ spec, pair }) => `${spec.purpose} (${pair ? "its key" : "all of it"} is missing)`);

export const pairOf = (found: readonly FoundCertificate[], purpose: CertificatePurpose): PemPair | undefined =>
  found.find(({ spec }) => spec.purpose === purpose)?.pair;
