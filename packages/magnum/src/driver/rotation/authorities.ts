import type { KubeadmConfigSpec, Secret, Stored } from "@slipway/api";
import { labels as capiLabels } from "@slipway/api/cluster/names.ts";
import {
  certificatesOf,
  createCertificateAuthority,
  type KeyPool,
  publicKeyOf,
  textFromBase64,
  textToBase64,
} from "@slipway/api/pki/index.ts";
import type { ControlPlaneFiles, SecretsContent } from "./plan.ts";

/** The old and the new authorities of a cluster, in one Secret that lives as long as their exchange. */

/** Cluster API's Secrets that hold them, and where kubeadm looks for them. The service account's is a bare key. */
export const purposes = ["ca", "etcd", "proxy", "sa"] as const;
export type Purpose = (typeof purposes)[number];

const directory = "/etc/kubernetes/pki";
const files: { readonly [P in Purpose]: { readonly certificate: string; readonly key: string } } = {
  ca: { certificate: `${directory}/ca.crt`, key: `${directory}/ca.key` },
  etcd: { certificate: `${directory}/etcd/ca.crt`, key: `${directory}/etcd/ca.key` },
  proxy: { certificate: `${directory}/front-proxy-ca.crt`, key: `${directory}/front-proxy-ca.key` },
  sa: { certificate: `${directory}/sa.pub`, key: `${directory}/sa.key` },
};

export const authoritiesSecretName = (stack: string): string => `${stack}-ca-rotation`;
const ROTATION_LABEL = "magnum.slipway.dev/ca-rotation-id";

export const rotationIdOf = ({ metadata }: Stored<Secret>): string | undefined => metadata.labels?.[ROTATION_LABEL];

export interface Pair {
  /** A certificate; of the service account, its public key. More than one after each other: all are believed, the first signs. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

export const readPair = ({ data = {} }: Stored<Secret>): Pair => ({
  certificatePem: textFromBase64(data["tls.crt"] ?? ""),
  keyPem: textFromBase64(data["tls.key"] ?? ""),
});

const joined = (...pems: readonly string[]): string => pems.map((pem) => `${pem.trim()}\n`).join("");

/** Makes the new authorities, and keeps them beside those that are. Named apart from the old ones: some clients tell authorities by name. */
export const makeAuthorities = async (
  wanted: { readonly id: string; readonly stack: string; readonly namespace: string; readonly uid: string },
  old: { readonly [P in Purpose]: Pair },
  { keys, now }: { readonly keys: KeyPool; readonly now: Date },
): Promise<Secret> => {
  const { id, stack, namespace } = wanted;
  const entries = await Promise.all(
    purposes.map(async (purpose): Promise<readonly (readonly [string, string])[]> => {
      const pair = await keys.take();
      const before = old[purpose];
      const made =
        purpose === "sa"
          ? { certificatePem: pair.publicKeyPem, privateKeyPem: pair.privateKeyPem }
          : await createCertificateAuthority(pair, { now, commonName: `kubernetes-${id.slice(0, 8)}` });
      // What signs now is the first; of an earlier rotation that was given up nothing else is worth keeping.
      const former = purpose === "sa" ? await publicKeyOf(before.keyPem) : (certificatesOf(before.certificatePem)[0] ?? "");
      return [
        [`${purpose}-old.crt`, joined(former)],
        [`${purpose}-old.key`, before.keyPem],
        [`${purpose}-new.crt`, joined(made.certificatePem)],
        [`${purpose}-new.key`, made.privateKeyPem],
        [`${purpose}-trust.crt`, joined(former, made.certificatePem)],
        [`${purpose}-switch.crt`, joined(made.certificatePem, former)],
      ];
    }),
  );
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: authoritiesSecretName(stack),
      namespace,
      labels: {
        [capiLabels.clusterName]: stack,
        "cluster-uuid": wanted.uid,
        [ROTATION_LABEL]: id,
        // clusterctl takes it along when the cluster is moved in the middle.
        "clusterctl.cluster.x-k8s.io/move": "true",
      },
    },
    type: "cluster.x-k8s.io/secret",
    data: Object.fromEntries(entries.flat().map(([name, text]) => [name, textToBase64(text)])),
  };
};

/** Which pair of the Secret above belongs into a cluster's Secret now, as its `data`. */
export const secretData = (
  { data = {} }: Stored<Secret>,
  purpose: Purpose,
  content: SecretsContent,
): { readonly [key: string]: string } => {
  const [certificate, key] = {
    oldThenNew: ["trust", "old"],
    newThenOld: ["switch", "new"],
    new: ["new", "new"],
  }[content] as [string, string];
  return { "tls.crt": data[`${purpose}-${certificate}.crt`] ?? "", "tls.key": data[`${purpose}-${key}.key`] ?? "" };
};

/**
 * What the controller manager signs kubelets' certificates with: it takes one certificate and refuses a bundle, which kubeadm would
 * point it to.
 */
const signer = { trust: "cluster-signer.crt", switch: "cluster-signer.crt", switchAgain: "cluster-signer-2.crt" };

/** A control plane's kubeadm configuration with the authorities of a stage: written after, and so in place of, the cluster's own. */
export const withAuthorities = (kubeadm: KubeadmConfigSpec, stack: string, stage: ControlPlaneFiles): KubeadmConfigSpec => {
  const [certificate, key] = stage === "trust" ? (["trust", "old"] as const) : (["switch", "new"] as const);
  const signerPath = `${directory}/${signer[stage]}`;
  const from = (name: string) => ({ secret: { name: authoritiesSecretName(stack), key: name } });
  const file = (path: string, name: string, permissions: string) => ({
    path,
    owner: "root:root",
    permissions,
    contentFrom: from(name),
  });
  const { clusterConfiguration = {} } = kubeadm;
  return {
    ...kubeadm,
    files: [
      ...(kubeadm.files ?? []),
      ...purposes.flatMap((purpose) => [
        file(files[purpose].certificate, `${purpose}-${certificate}.crt`, "0640"),
        file(files[purpose].key, `${purpose}-${key}.key`, "0600"),
      ]),
      file(signerPath, `ca-${key}.crt`, "0640"),
    ],
    clusterConfiguration: {
      ...clusterConfiguration,
      controllerManager: {
        ...clusterConfiguration.controllerManager,
        extraArgs: {
          ...clusterConfiguration.controllerManager?.extraArgs,
          "cluster-signing-cert-file": signerPath,
          "cluster-signing-key-file": files.ca.key,
        },
      },
    },
  };
};
