import { isNotFound, type KubeObject, Node, Pod, type Resource, Secret, ServiceAccount } from "@slipway/api";
import { fromBase64, readPrivateKey, textFromBase64, toPem } from "@slipway/api/pki/index.ts";
import { decodeJwt, importPKCS8, importSPKI, jwtVerify, SignJWT } from "jose";
import type { Registry, UserInfo } from "../../registry/registry.ts";
import type { AuthenticatedToken, TokenAuthenticator } from "./authenticator.ts";

const context = { user: { name: "system:apiserver", groups: ["system:masters"] }, warn: () => {} };

/** `token` → who it stands for. Compared in constant time. */
export const staticTokens =
  (tokens: ReadonlyMap<string, UserInfo>): TokenAuthenticator =>
  async (token) => {
    let found: UserInfo | undefined;
    for (const [known, user] of tokens) if (equal(known, token)) found = user;
    return found === undefined ? undefined : { user: found };
  };

/** Always looks at every byte. */
const equal = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at % Math.max(1, b.length));
  return difference === 0;
};

/** `abcdef.0123456789abcdef`, from Secrets `kube-system/bootstrap-token-abcdef`: how machines that join prove that they may. */
export const bootstrapTokens =
  (registry: Registry): TokenAuthenticator =>
  async (token) => {
    const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const found = await find<Secret>(registry, Secret, "kube-system", `bootstrap-token-${id}`);
    if (found?.type !== "bootstrap.kubernetes.io/token" || found.metadata.deletionTimestamp !== undefined) return undefined;
    const read = (key: string): string => {
      const value = found.data?.[key];
      return value === undefined ? "" : textFromBase64(value);
    };
    if (!equal(read("token-secret"), secret) || read("token-id") !== id) return undefined;
    if (read("usage-bootstrap-authentication") !== "true") return undefined;
    const expiration = read("expiration");
    if (expiration !== "" && !(Date.parse(expiration) > registry.clock.now().getTime())) return undefined;
    const extra = read("auth-extra-groups")
      .split(",")
      .filter((group) => group !== "");
    return { user: { name: `system:bootstrap:${id}`, groups: ["system:bootstrappers", ...extra] } };
  };

export interface ServiceAccountKeys {
  /** PEM, RSA or P-256. */
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  /** `https://kubernetes.default.svc.cluster.local` */
  readonly issuer: string;
}

export interface TokenWish {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly bound?: { readonly kind: "Pod" | "Secret" | "Node"; readonly name: string; readonly uid: string };
}

export interface SecretTokenWish {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly secretName: string;
}

export interface ServiceAccountTokens {
  /** As long as the Secret that holds it. */
  issueForSecret(wish: SecretTokenWish): Promise<string>;
  issue(wish: TokenWish): Promise<{ readonly token: string; readonly expirationTimestamp: string }>;
  readonly authenticator: TokenAuthenticator;
  readonly issuer: string;
}

/** Signed tokens of ServiceAccounts, valid while the account and what they are bound to exist. */
export const createServiceAccountTokens = (registry: Registry, keys: ServiceAccountKeys): ServiceAccountTokens => {
  const algorithm = keys.privateKeyPem.includes("RSA PRIVATE KEY") ? "RS256" : "ES256";
  const signing = importPKCS8(pkcs8(keys.privateKeyPem), algorithm);
  const verifying = importSPKI(keys.publicKeyPem, algorithm);

  const issue = async (wish: TokenWish) => {
    const now = Math.floor(registry.clock.now().getTime() / 1000);
    const expires = now + wish.expirationSeconds;
    const { namespace, name, uid, bound } = wish;
    const token = await new SignJWT({
      "kubernetes.io": {
        namespace,
        serviceaccount: { name, uid },
        ...(bound === undefined ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
      },
    })
      .setProtectedHeader({ alg: algorithm, kid: await keyId(keys.publicKeyPem) })
      .setIssuer(keys.issuer)
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .setAudience([...wish.audiences])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(expires)
      .setJti(crypto.randomUUID())
      .sign(await signing);
    return { token, expirationTimestamp: `${new Date(expires * 1000).toISOString().slice(0, 19)}Z` };
  };

  const issueForSecret = async ({ namespace, name, uid, secretName }: SecretTokenWish): Promise<string> =>
    new SignJWT({
      [`${secretClaims}/namespace`]: namespace,
      [`${secretClaims}/secret.name`]: secretName,
      [`${secretClaims}/service-account.name`]: name,
      [`${secretClaims}/service-account.uid`]: uid,
    })
      .setProtectedHeader({ alg: algorithm, kid: await keyId(keys.publicKeyPem) })
      .setIssuer(secretClaims)
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .sign(await signing);

  /** A token without an end: it is worth as much as the Secret that holds it. */
  const fromSecret = async (token: string): Promise<AuthenticatedToken | undefined> => {
    const { payload } = await jwtVerify(token, await verifying, { issuer: secretClaims, currentDate: registry.clock.now() });
    const claim = (name: string) => String(payload[`${secretClaims}/${name}`] ?? "");
    const namespace = claim("namespace");
    const name = claim("service-account.name");
    const secret = await find<Secret>(registry, Secret, namespace, claim("secret.name"));
    const held = secret?.data?.["token"];
    if (secret === undefined || held === undefined || !equal(textFromBase64(held), token)) return undefined;
    if (secret.metadata.deletionTimestamp !== undefined) return undefined;
    const account = await find<ServiceAccount>(registry, ServiceAccount, namespace, name);
    const { uid } = account?.metadata ?? {};
    if (uid === undefined || uid !== claim("service-account.uid")) return undefined;
    await noteUse(registry, secret);
    return {
      user: {
        name: `system:serviceaccount:${namespace}:${name}`,
        uid,
        groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
      },
      audiences: [keys.issuer],
    };
  };

  const authenticator: TokenAuthenticator = async (token) => {
    if (token.split(".").length !== 3) return undefined;
    try {
      if (isFromSecret(token)) return await fromSecret(token);
      const { payload } = await jwtVerify(token, await verifying, {
        issuer: keys.issuer,
        audience: keys.issuer,
        currentDate: registry.clock.now(),
      });
      const claims = payload["kubernetes.io"] as Claims | undefined;
      if (claims?.serviceaccount === undefined) return undefined;
      const { namespace, serviceaccount } = claims;
      const account = await find<ServiceAccount>(registry, ServiceAccount, namespace, serviceaccount.name);
      if (account?.metadata.uid !== serviceaccount.uid) return undefined;
      for (const [kind, resource] of boundKinds) {
        const bound = claims[kind];
        if (bound === undefined) continue;
        const target = await find(registry, resource, resource.scope === "Cluster" ? undefined : namespace, bound.name);
        if (target?.metadata.uid !== bound.uid) return undefined;
      }
      return {
        user: {
          name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
          uid: serviceaccount.uid,
          groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
          extra: {
            "authentication.kubernetes.io/credential-id": [`JTI=${payload.jti ?? ""}`],
            ...(claims.pod === undefined
              ? {}
              : {
                  "authentication.kubernetes.io/pod-name": [claims.pod.name],
                  "authentication.kubernetes.io/pod-uid": [claims.pod.uid],
                }),
          },
        },
        audiences: [keys.issuer],
      };
    } catch {
      return undefined; // a bad signature, issuer, audience or time: not a token of ours
    }
  };

  return { issue, issueForSecret, authenticator, issuer: keys.issuer };
};

/** Issuer of tokens in Secrets, and the beginning of their claims' names. */
const secretClaims = "kubernetes/serviceaccount";

const isFromSecret = (token: string): boolean => {
  try {
    return decodeJwt(token).iss === secretClaims;
  } catch {
    return false; // no JWT at all
  }
};

const usedLabel = "kubernetes.io/legacy-token-last-used";

/** Once a day, so that operators see which of these tokens nobody uses any more. */
const noteUse = async (registry: Registry, secret: Secret): Promise<void> => {
  const { namespace = "", name = "", labels } = secret.metadata;
  const today = registry.clock.now().toISOString().slice(0, 10);
  if (labels?.[usedLabel] === today) return;
  const body = { metadata: { labels: { [usedLabel]: today } } };
  await registry
    .patch(Secret, { namespace, name }, { type: "merge", body }, { fieldManager: "kube-apiserver" }, context)
    .catch(() => {});
};

interface Named {
  readonly name: string;
  readonly uid: string;
}
interface Claims {
  readonly namespace: string;
  readonly serviceaccount: Named;
  readonly pod?: Named;
  readonly secret?: Named;
  readonly node?: Named;
}

const boundKinds: readonly (readonly ["pod" | "secret" | "node", Resource])[] = [
  ["pod", Pod],
  ["secret", Secret],
  ["node", Node],
];

const find = async <T extends KubeObject>(
  registry: Registry,
  resource: Resource<T>,
  namespace: string | undefined,
  name: string,
): Promise<T | undefined> => {
  try {
    return (await registry.get(
      resource,
      { ...(namespace === undefined ? {} : { namespace }), name },
      {},
      context,
    )) as unknown as T;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** WebCrypto reads PKCS#8 only; kubeadm writes RSA keys as PKCS#1. */
const pkcs8 = (pem: string): string => toPem("PRIVATE KEY", readPrivateKey(pem).der);

export const keyId = async (publicKeyPem: string): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-256", fromBase64(publicKeyPem.replace(/-----[^-]+-----|\s/g, "")));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
};
