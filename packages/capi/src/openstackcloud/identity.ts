import { type Client, type IdentityRef, isNotFound, Secret } from "@slipway/api";
import { type Cloud, CloudError, type CloudIdentity, type ConnectCloud } from "@slipway/openstack";

/** The cloud that an identityRef leads to. */
export type FindCloud = (client: Pick<Client, "get">, namespace: string, identity: IdentityRef) => Promise<Cloud>;

/**
 * The Secret is read each time: a rotated credential is taken up at the next pass. What was made of one revision of it is kept for
 * as long as that revision is.
 */
export const createCloudFinder = (connect: ConnectCloud): FindCloud => {
  const known = new WeakMap<Secret, Map<string, Cloud>>();
  return async (client, namespace, identity) => {
    const secret = await client.get(Secret, { namespace, name: identity.name }).catch((cause: unknown) => {
      if (!isNotFound(cause)) throw cause;
      throw new CloudError("unauthorized", `Secret ${namespace}/${identity.name}, which identityRef names, does not exist`);
    });
    const clouds = known.get(secret) ?? new Map<string, Cloud>();
    const key = `${identity.cloudName}\n${identity.region ?? ""}`;
    const cloud = clouds.get(key) ?? connect(identityIn(secret, namespace, identity));
    known.set(secret, clouds.set(key, cloud));
    return cloud;
  };
};

const identityIn = (secret: Secret, namespace: string, identity: IdentityRef): CloudIdentity => {
  const cloudsYaml = decoded(secret, "clouds.yaml");
  if (cloudsYaml === undefined) {
    throw new CloudError("unauthorized", `Secret ${namespace}/${identity.name} has no key "clouds.yaml"`);
  }
  return { cloudsYaml, cloudName: identity.cloudName, region: identity.region, caPem: decoded(secret, "cacert") };
};

/** One key of a Secret's data as text. */
export const decoded = (secret: Secret, key: string): string | undefined => {
  const data = secret.data?.[key];
  if (data === undefined) return undefined;
  return new TextDecoder().decode(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
};

/** The key `value` of a Secret as it is sent to Nova: base64, which is what a Secret holds. */
export const encodedValue = (secret: Secret): string | undefined => secret.data?.["value"];
