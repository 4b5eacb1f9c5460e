import { required, s, type TypeOf } from "../kind/fields.ts";
import { always } from "../kind/writing.ts";
import { localAPIEndpoint, nodeRegistration, patches, skipPhases } from "./noderegistration.ts";

export const fileDiscoveryUser = s.object("Who the joining machine is", {
  authProvider: s.object("By a plugin of the client library", {
    name: required(s.string("Name of the plugin", { minLength: 1, maxLength: 256 })),
    config: s.map("Settings of the plugin", s.string()),
  }),
  exec: s.object("By a command that prints credentials", {
    command: required(s.string("The command", { minLength: 1, maxLength: 1024 })),
    apiVersion: s.string("Version of the protocol", { minLength: 1, maxLength: 512 }),
    args: s.list("Its arguments", s.string({ minLength: 1, maxLength: 512 }), { maxItems: 100 }),
    env: s.list(
      "Its environment",
      s.object({
        name: required(s.string("Name of the variable", { minLength: 1, maxLength: 512 })),
        value: required(s.string("Its value", { minLength: 1, maxLength: 512 })),
      }),
      { maxItems: 100 },
    ),
    provideClusterInfo: s.boolean("Tell the command which cluster it is for"),
  }),
});
export type KubeConfigUser = TypeOf<typeof fileDiscoveryUser>;

export const fileDiscovery = s.object("The cluster, from a kubeconfig file", {
  kubeConfigPath: required(s.string("Path of the file on the machine", { minLength: 1, maxLength: 512 })),
  kubeConfig: s.object("What to write into the file", {
    user: required(fileDiscoveryUser),
    cluster: s.object("The cluster; absent: this one", {
      certificateAuthorityData: s.string("Authority of its certificate", { minLength: 1, maxLength: 51200, format: "byte" }),
      insecureSkipTLSVerify: s.boolean("Believe any certificate"),
      proxyURL: s.string("Proxy on the way", { minLength: 1, maxLength: 512 }),
      server: s.string("URL of the API server", { minLength: 1, maxLength: 512 }),
      tlsServerName: s.string("Name that the certificate must have", { minLength: 1, maxLength: 512 }),
    }),
  }),
});
export type FileDiscovery = TypeOf<typeof fileDiscovery>;

export const discovery = s.object("How a joining machine finds the cluster and trusts it", {
  bootstrapToken: s.object("By a token", {
    apiServerEndpoint: s.string("Where the API server answers", { minLength: 1, maxLength: 512 }),
    caCertHashes: s.list("Hashes of the authority's key", s.string({ minLength: 1, maxLength: 512 }), { maxItems: 100 }),
    token: s.string("The token", { minLength: 1, maxLength: 512 }),
    unsafeSkipCAVerification: s.boolean("Believe any authority"),
  }),
  file: fileDiscovery,
  timeout: s.duration("How long to try"),
  tlsBootstrapToken: s.string("Token with which the kubelet asks for its certificate", { minLength: 1, maxLength: 512 }),
});
export type Discovery = TypeOf<typeof discovery>;

export const joinConfiguration = s.object("kubeadm's settings for every other machine", {
  apiVersion: s.string("Ignored"),
  caCertPath: s.string("Path of the cluster's authority", { minLength: 1, maxLength: 512 }),
  controlPlane: s.object("Makes it a control plane machine", {
    localAPIEndpoint: always(localAPIEndpoint),
  }),
  discovery: always(discovery),
  kind: s.string("Ignored"),
  nodeRegistration: always(nodeRegistration),
  patches: patches,
  skipPhases: skipPhases,
});
export type JoinConfiguration = TypeOf<typeof joinConfiguration>;
