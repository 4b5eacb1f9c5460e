import { type Client, type IdentityRef, isNotFound, Secret } from "@slipway/api";
import { type Cloud, CloudError, type ConnectCloud } from "@slipway/openstack";

/**
 * The Secret that an identityRef names, read each time: a rotated credential is taken up at the next pass, and the connection
 * behind `connect` is shared for as long as nothing in it changes.
 */
export const cloudOf = async (
  client: Pick<Client, "get">,
  connect: ConnectCloud,
  namespace: string,
  identity: IdentityRef,
): Promise<Cloud> => {
  const secret = await client.get(Secret, { namespace, name: identity.name }).catch((cause: unknown) => {
    if (!isNotFound(cause)) throw cause;
    throw new CloudError("unauthorized", `Secret ${namespace}/${identity.name}, which identityRef names, does not exist`);
  });
  const cloudsYaml = decoded(secret, "clouds.yaml");
  if (cloudsYaml === undefined) {
    throw new CloudError("unauthorized", `Secret ${namespace}/${identity.name} has no key "clouds.yaml"`);
  }
  return connect({
    cloudsYaml,
    cloudName: identity.cloudName,
    region: identity.region,
    caPem: decoded(secret, "cacert"),
  });
};

/** One key of a Secret's data as text. */
export const decoded = (secret: Secret, key: string): string | undefined => {
  const data = secret.data?.[key];
  if (data === undefined) return undefined;
  return new TextDecoder().decode(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
};

/** The key `value` of a Secret as it is sent to Nova: base64, which is what a Secret holds. */
export const encodedValue = (secret: Secret): string | undefined => secret.data?.["value"];
