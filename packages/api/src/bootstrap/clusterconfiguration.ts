import { required, s, type TypeOf } from "../kind/fields.ts";

export const envVar = s.object({
  name: required(s.string()),
  value: s.string(),
  valueFrom: s.object({
    configMapKeyRef: s.object(
      {
        key: required(s.string()),
        name: s.string({ default: "" }),
        optional: s.boolean(),
      },
      { atomic: true },
    ),
    fieldRef: s.object(
      {
        fieldPath: required(s.string()),
        apiVersion: s.string(),
      },
      { atomic: true },
    ),
    resourceFieldRef: s.object(
      {
        resource: required(s.string()),
        containerName: s.string(),
        divisor: s.intOrString({
          pattern:
            "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
        }),
      },
      { atomic: true },
    ),
    secretKeyRef: s.object(
      {
        key: required(s.string()),
        name: s.string({ default: "" }),
        optional: s.boolean(),
      },
      { atomic: true },
    ),
  }),
});
export type EnvVar = TypeOf<typeof envVar>;

export const envVars = s.list(envVar, { maxItems: 100 });

export const certSANs = s.list(s.string({ minLength: 1, maxLength: 253 }), { maxItems: 100 });

export const hostPathMount = s.object({
  hostPath: required(s.string({ minLength: 1, maxLength: 512 })),
  mountPath: required(s.string({ minLength: 1, maxLength: 512 })),
  name: required(s.string({ minLength: 1, maxLength: 512 })),
  pathType: s.string(),
  readOnly: s.boolean(),
});
export type HostPathMount = TypeOf<typeof hostPathMount>;

export const hostPathMounts = s.list(hostPathMount, { maxItems: 100 });

export const controlPlaneComponent = s.object({
  extraArgs: s.map(s.string()),
  extraEnvs: envVars,
  extraVolumes: hostPathMounts,
});
export type ControlPlaneComponent = TypeOf<typeof controlPlaneComponent>;

export const localEtcd = s.object({
  dataDir: s.string({ minLength: 1, maxLength: 512 }),
  extraArgs: s.map(s.string()),
  extraEnvs: envVars,
  imageRepository: s.string({ minLength: 1, maxLength: 512 }),
  imageTag: s.string({ minLength: 1, maxLength: 256 }),
  peerCertSANs: certSANs,
  serverCertSANs: certSANs,
});
export type LocalEtcd = TypeOf<typeof localEtcd>;

export const externalEtcd = s.object({
  caFile: required(s.string({ minLength: 1, maxLength: 512 })),
  certFile: required(s.string({ minLength: 1, maxLength: 512 })),
  endpoints: required(s.list(s.string({ minLength: 1, maxLength: 512 }), { maxItems: 50 })),
  keyFile: required(s.string({ minLength: 1, maxLength: 512 })),
});
export type ExternalEtcd = TypeOf<typeof externalEtcd>;

export const clusterConfiguration = s.object({
  apiServer: s.object({
    certSANs: certSANs,
    extraArgs: s.map(s.string()),
    extraEnvs: envVars,
    extraVolumes: hostPathMounts,
    timeoutForControlPlane: s.duration(),
  }),
  apiVersion: s.string(),
  certificatesDir: s.string({ minLength: 1, maxLength: 512 }),
  clusterName: s.string({ minLength: 1, maxLength: 63 }),
  controlPlaneEndpoint: s.string({ minLength: 1, maxLength: 512 }),
  controllerManager: controlPlaneComponent,
  dns: s.object({
    imageRepository: s.string({ minLength: 1, maxLength: 512 }),
    imageTag: s.string({ minLength: 1, maxLength: 256 }),
  }),
  etcd: s.object({
    external: externalEtcd,
    local: localEtcd,
  }),
  featureGates: s.map(s.boolean()),
  imageRepository: s.string({ minLength: 1, maxLength: 512 }),
  kind: s.string(),
  kubernetesVersion: s.string({ minLength: 1, maxLength: 256 }),
  networking: s.object({
    dnsDomain: s.string({ minLength: 1, maxLength: 253 }),
    podSubnet: s.string({ minLength: 1, maxLength: 1024 }),
    serviceSubnet: s.string({ minLength: 1, maxLength: 1024 }),
  }),
  scheduler: controlPlaneComponent,
});
export type ClusterConfiguration = TypeOf<typeof clusterConfiguration>;
