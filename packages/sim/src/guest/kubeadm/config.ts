import { loadAll } from "js-yaml";

/** What kubeadm reads of its configuration files, whichever version they are written in. */
export interface NodeRegistration {
  readonly name: string | undefined;
  readonly taints: readonly Taint[] | undefined;
  readonly kubeletExtraArgs: { readonly [name: string]: string };
  readonly ignorePreflightErrors: readonly string[];
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface ClusterConfiguration {
  readonly raw: { readonly [field: string]: unknown };
  readonly clusterName: string;
  readonly kubernetesVersion: string | undefined;
  readonly controlPlaneEndpoint: string | undefined;
  readonly certSANs: readonly string[];
  readonly podSubnet: string | undefined;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  readonly imageRepository: string;
  readonly certificatesDir: string;
  readonly externalEtcd: boolean;
}

/** What of a ClusterConfiguration every control plane node is made by, the first as those that join. */
export interface ControlPlaneOptions {
  /** Files of the authority that the controller manager signs kubelets' certificates with. */
  readonly signingCertFile: string;
  readonly signingKeyFile: string;
  /** Kubelets of control plane nodes speak with their own API server: default since 1.33. */
  readonly kubeletLocalMode: boolean;
}

export const controlPlaneOptions = (raw: { readonly [field: string]: unknown }, minor: number): ControlPlaneOptions => {
  const args = argsOf(fieldsOf(raw["controllerManager"])["extraArgs"]);
  const directory = textOf(raw["certificatesDir"]) ?? "/etc/kubernetes/pki";
  const gate = fieldsOf(raw["featureGates"])["ControlPlaneKubeletLocalMode"];
  return {
    signingCertFile: args["cluster-signing-cert-file"] ?? `${directory}/ca.crt`,
    signingKeyFile: args["cluster-signing-key-file"] ?? `${directory}/ca.key`,
    kubeletLocalMode: typeof gate === "boolean" ? gate : minor >= 33,
  };
};

export interface InitConfiguration {
  readonly nodeRegistration: NodeRegistration;
  readonly advertiseAddress: string | undefined;
  readonly bindPort: number;
  readonly bootstrapTokens: readonly { readonly token: string; readonly ttl: string | undefined }[];
}

export interface JoinConfiguration {
  readonly nodeRegistration: NodeRegistration;
  readonly controlPlane: { readonly bindPort: number } | undefined;
  readonly caCertPath: string;
  readonly token:
    | { readonly endpoint: string; readonly token: string; readonly caCertHashes: readonly string[]; readonly unsafe: boolean }
    | undefined;
  /** Path of a discovery kubeconfig on the guest's disk. */
  readonly file: string | undefined;
}

/** kubeadm would have refused this: the message is what it prints. */
export class KubeadmError extends Error {
  override readonly name = "KubeadmError";
  /** The phase that kubeadm names; absent: the command itself. */
  readonly phase: string | undefined;
  constructor(message: string, phase?: string) {
    super(message);
    this.phase = phase;
  }
}

type Fields = { readonly [field: string]: unknown };

/** Which configuration versions a kubeadm reads, by its minor version (kubeadm's own support table). */
const readableVersions = (minor: number): readonly string[] => [
  ...(minor < 27 ? ["v1beta2"] : []),
  ...(minor >= 22 ? ["v1beta3"] : []),
  ...(minor >= 31 ? ["v1beta4"] : []),
];

const documentsOf = (text: string, kubeadmMinor: number): readonly Fields[] => {
  let documents: readonly unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    throw new KubeadmError(
      `error unmarshaling configuration: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`,
    );
  }
  const found = documents.filter((document): document is Fields => document !== null && typeof document === "object");
  for (const document of found) {
    const apiVersion = String(document["apiVersion"] ?? "");
    const kind = String(document["kind"] ?? "");
    if (kind === "")
      throw new KubeadmError("invalid configuration: kind and apiVersion is mandatory information that must be specified");
    const [group, version = ""] = apiVersion.split("/");
    if (group === "kubeadm.k8s.io" && !readableVersions(kubeadmMinor).includes(version)) {
      throw new KubeadmError(
        `this version of kubeadm (v1.${kubeadmMinor}) cannot read your configuration: ${apiVersion} ${kind}`,
      );
    }
  }
  return found;
};

const findKind = (documents: readonly Fields[], kind: string): Fields | undefined =>
  documents.find((document) => document["kind"] === kind);
const fieldsOf = (value: unknown): Fields =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: unknown): string | undefined =>
  value === undefined || value === null || value === "" ? undefined : String(value);
const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** v1beta4 writes arguments as a list of name and value, older versions as a map. */
const argsOf = (value: unknown): { readonly [name: string]: string } =>
  Array.isArray(value)
    ? Object.fromEntries(value.map((entry) => [String(fieldsOf(entry)["name"]), String(fieldsOf(entry)["value"] ?? "")]))
    : Object.fromEntries(Object.entries(fieldsOf(value)).map(([name, argument]) => [name, String(argument)]));

const nodeRegistrationOf = (value: unknown): NodeRegistration => {
  const fields = fieldsOf(value);
  const taints = fields["taints"];
  return {
    name: textOf(fields["name"]),
    taints: Array.isArray(taints)
      ? taints.map(fieldsOf).map((taint) => ({
          key: String(taint["key"]),
          ...(taint["value"] ? { value: String(taint["value"]) } : {}),
          effect: String(taint["effect"]),
        }))
      : undefined,
    kubeletExtraArgs: argsOf(fields["kubeletExtraArgs"]),
    ignorePreflightErrors: textsOf(fields["ignorePreflightErrors"]),
  };
};

/** The file that `kubeadm init --config` is given. @throws KubeadmError */
export const parseInit = (text: string, kubeadmMinor: number): { cluster: ClusterConfiguration; init: InitConfiguration } => {
  const documents = documentsOf(text, kubeadmMinor);
  const cluster = fieldsOf(findKind(documents, "ClusterConfiguration"));
  const init = fieldsOf(findKind(documents, "InitConfiguration"));
  if (findKind(documents, "ClusterConfiguration") === undefined && findKind(documents, "InitConfiguration") === undefined) {
    throw new KubeadmError("no InitConfiguration or ClusterConfiguration kind was found in the YAML file");
  }
  const networking = fieldsOf(cluster["networking"]);
  const localEndpoint = fieldsOf(init["localAPIEndpoint"]);
  const tokens = init["bootstrapTokens"];
  return {
    cluster: {
      raw: cluster,
      clusterName: textOf(cluster["clusterName"]) ?? "kubernetes",
      kubernetesVersion: textOf(cluster["kubernetesVersion"]),
      controlPlaneEndpoint: textOf(cluster["controlPlaneEndpoint"]),
      certSANs: textsOf(fieldsOf(cluster["apiServer"])["certSANs"]),
      podSubnet: textOf(networking["podSubnet"]),
      serviceSubnet: textOf(networking["serviceSubnet"]) ?? "10.96.0.0/12",
      dnsDomain: textOf(networking["dnsDomain"]) ?? "cluster.local",
      imageRepository: textOf(cluster["imageRepository"]) ?? "registry.k8s.io",
      certificatesDir: textOf(cluster["certificatesDir"]) ?? "/etc/kubernetes/pki",
      externalEtcd: fieldsOf(cluster["etcd"])["external"] !== undefined,
    },
    init: {
      nodeRegistration: nodeRegistrationOf(init["nodeRegistration"]),
      advertiseAddress: textOf(localEndpoint["advertiseAddress"]),
      bindPort: Number(localEndpoint["bindPort"] ?? 6443),
      bootstrapTokens: Array.isArray(tokens)
        ? tokens.map(fieldsOf).map((token) => ({ token: String(token["token"]), ttl: textOf(token["ttl"]) }))
        : [],
    },
  };
};

/** The file that `kubeadm join --config` is given. @throws KubeadmError */
export const parseJoin = (text: string, kubeadmMinor: number): JoinConfiguration => {
  const join = findKind(documentsOf(text, kubeadmMinor), "JoinConfiguration");
  if (join === undefined) throw new KubeadmError("no JoinConfiguration found in the YAML file");
  const discovery = fieldsOf(join["discovery"]);
  const token = discovery["bootstrapToken"];
  const file = fieldsOf(discovery["file"]);
  if (token === undefined && discovery["file"] === undefined) {
    throw new KubeadmError('discovery: Invalid value: "": bootstrapToken or file must be set');
  }
  const controlPlane = join["controlPlane"];
  const fields = fieldsOf(token);
  return {
    nodeRegistration: nodeRegistrationOf(join["nodeRegistration"]),
    controlPlane:
      controlPlane === undefined || controlPlane === null
        ? undefined
        : { bindPort: Number(fieldsOf(fieldsOf(controlPlane)["localAPIEndpoint"])["bindPort"] ?? 6443) },
    caCertPath: textOf(join["caCertPath"]) ?? "/etc/kubernetes/pki/ca.crt",
    token:
      token === undefined
        ? undefined
        : {
            endpoint: textOf(fields["apiServerEndpoint"]) ?? "",
            token: textOf(fields["token"]) ?? textOf(discovery["tlsBootstrapToken"]) ?? "",
            caCertHashes: textsOf(fields["caCertHashes"]),
            unsafe: fields["unsafeSkipCAVerification"] === true,
          },
    file: textOf(file["kubeConfigPath"]),
  };
};
