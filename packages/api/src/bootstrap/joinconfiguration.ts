import { required, s, type TypeOf } from "../kind/fields.ts";
import { localAPIEndpoint, nodeRegistration, patches, skipPhases } from "./noderegistration.ts";

export const fileDiscoveryUser = s.object({
  authProvider: s.object({
    name: required(s.string({ minLength: 1, maxLength: 256 })),
    config: s.map(s.string()),
  }),
  exec: s.object({
    command: required(s.string({ minLength: 1, maxLength: 1024 })),
    apiVersion: s.string({ minLength: 1, maxLength: 512 }),
    args: s.list(s.string({ minLength: 1, maxLength: 512 }), { maxItems: 100 }),
    env: s.list(
      s.object({
        name: required(s.string({ minLength: 1, maxLength: 512 })),
        value: required(s.string({ minLength: 1, maxLength: 512 })),
      }),
      { maxItems: 100 },
    ),
    provideClusterInfo: s.boolean(),
  }),
});
export type KubeConfigUser = TypeOf<typeof fileDiscoveryUser>;

export const fileDiscovery = s.object({
  kubeConfigPath: required(s.string({ minLength: 1, maxLength: 512 })),
  kubeConfig: s.object({
    user: required(fileDiscoveryUser),
    cluster: s.object({
      certificateAuthorityData: s.string({ minLength: 1, maxLength: 51200, format: "byte" }),
      insecureSkipTLSVerify: s.boolean(),
      proxyURL: s.string({ minLength: 1, maxLength: 512 }),
      server: s.string({ minLength: 1, maxLength: 512 }),
      tlsServerName: s.string({ minLength: 1, maxLength: 512 }),
    }),
  }),
});
export type FileDiscovery = TypeOf<typeof fileDiscovery>;

export const discovery = s.object({
  bootstrapToken: s.object({
    apiServerEndpoint: s.string({ minLength: 1, maxLength: 512 }),
    caCertHashes: s.list(s.string({ minLength: 1, maxLength: 512 }), { maxItems: 100 }),
    token: s.string({ minLength: 1, maxLength: 512 }),
    unsafeSkipCAVerification: s.boolean(),
  }),
  file: fileDiscovery,
  timeout: s.duration(),
  tlsBootstrapToken: s.string({ minLength: 1, maxLength: 512 }),
});
export type Discovery = TypeOf<typeof discovery>;

export const joinConfiguration = s.object({
  apiVersion: s.string(),
  caCertPath: s.string({ minLength: 1, maxLength: 512 }),
  controlPlane: s.object({
    localAPIEndpoint: localAPIEndpoint,
  }),
  discovery: discovery,
  kind: s.string(),
  nodeRegistration: nodeRegistration,
  patches: patches,
  skipPhases: skipPhases,
});
export type JoinConfiguration = TypeOf<typeof joinConfiguration>;
