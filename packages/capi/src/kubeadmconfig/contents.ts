import type { KubeadmConfigSpec } from "@slipway/api";
import { fromBase64 } from "@slipway/api/pki/index.ts";
import { findSecret, type SecretReader } from "../certificates/lookup.ts";
import type { BootstrapFile, BootstrapUser } from "./spec.ts";

export interface ResolvedContents {
  readonly files: readonly BootstrapFile[];
  readonly users: readonly BootstrapUser[];
}

/** Files and passwords that the spec takes from Secrets. @throws naming the Secret or key that is missing */
export const resolveContents = async (
  reader: SecretReader,
  namespace: string,
  spec: KubeadmConfigSpec,
): Promise<ResolvedContents> => ({
  files: await Promise.all(
    (spec.files ?? []).map(async ({ contentFrom, ...file }) =>
      contentFrom === undefined
        ? file
        : { ...file, content: await textOf(reader, namespace, contentFrom.secret, `file ${file.path}`) },
    ),
  ),
  users: await Promise.all(
    (spec.users ?? []).map(async ({ passwdFrom, ...user }) =>
      passwdFrom === undefined
        ? user
        : { ...user, passwd: await textOf(reader, namespace, passwdFrom.secret, `the password of user ${user.name}`) },
    ),
  ),
});

const textOf = async (
  reader: SecretReader,
  namespace: string,
  { name, key }: { readonly name: string; readonly key: string },
  what: string,
): Promise<string> => {
  const secret = await findSecret(reader, { namespace, name });
  if (secret === undefined) throw new Error(`${what} comes from Secret ${namespace}/${name}, which does not exist: create it`);
  const value = secret.data?.[key];
  if (value === undefined)
    throw new Error(`${what} comes from key "${key}" of Secret ${namespace}/${name}, which has no such key`);
  return new TextDecoder().decode(fromBase64(value));
};
