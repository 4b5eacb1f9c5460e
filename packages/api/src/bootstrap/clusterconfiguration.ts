import { required, s, type TypeOf } from "../kind/fields.ts";
import { always, asGiven, spelled } from "../kind/writing.ts";
import { canonicalQuantity } from "../meta/quantity.ts";

export const envVar = s.object("An environment variable", {
  name: required(s.string("Name of the variable")),
  value: s.string("Its value"),
  valueFrom: s.object("Where its value comes from", {
    configMapKeyRef: s.object(
      "A key of a ConfigMap",
      {
        key: required(s.string("The key")),
        name: s.string("Name of the ConfigMap", { default: "" }),
        optional: asGiven(s.boolean("It may be missing")),
      },
      { atomic: true },
    ),
    fieldRef: s.object(
      "A field of the pod",
      {
        fieldPath: required(s.string("Path of the field")),
        apiVersion: s.string("Version the path is written for"),
      },
      { atomic: true },
    ),
    resourceFieldRef: s.object(
      "A resource of a container",
      {
        resource: required(s.string("Which resource")),
        containerName: s.string("Which container"),
        divisor: always(
          spelled(
            s.intOrString("Unit of the value", {
              pattern:
                "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
            }),
            canonicalQuantity,
            (text) => `"${text}" is not a quantity`,
          ),
        ),
      },
      { atomic: true },
    ),
    secretKeyRef: s.object(
      "A key of a Secret",
      {
        key: required(s.string("The key")),
        name: s.string("Name of the Secret", { default: "" }),
        optional: asGiven(s.boolean("It may be missing")),
      },
      { atomic: true },
    ),
  }),
});
export type EnvVar = TypeOf<typeof envVar>;

export const envVars = s.list("Environment variables", envVar, { maxItems: 100 });

export const certSANs = s.list("More names and addresses in the certificate", s.string({ minLength: 1, maxLength: 253 }), {
  maxItems: 100,
});

export const hostPathMount = s.object("A path of the host in a component's pod", {
  hostPath: required(s.string("Path on the host", { minLength: 1, maxLength: 512 })),
  mountPath: required(s.string("Path in the pod", { minLength: 1, maxLength: 512 })),
  name: required(s.string("Name of the volume", { minLength: 1, maxLength: 512 })),
  pathType: s.string("What must be at the host's path"),
  readOnly: s.boolean("Mounted for reading only"),
});
export type HostPathMount = TypeOf<typeof hostPathMount>;

export const hostPathMounts = s.list("Paths of the host in the component's pod", hostPathMount, { maxItems: 100 });

export const controlPlaneComponent = s.object("Settings of a control plane component", {
  extraArgs: s.map("Arguments of its command", s.string()),
  extraEnvs: envVars,
  extraVolumes: hostPathMounts,
});
export type ControlPlaneComponent = TypeOf<typeof controlPlaneComponent>;

export const localEtcd = s.object("etcd on the control plane machines", {
  dataDir: s.string("Directory of its data", { minLength: 1, maxLength: 512 }),
  extraArgs: s.map("Arguments of its command", s.string()),
  extraEnvs: envVars,
  imageRepository: s.string("Registry and path of its images", { minLength: 1, maxLength: 512 }),
  imageTag: s.string("Tag of its image", { minLength: 1, maxLength: 256 }),
  peerCertSANs: s.described("More names in the certificate that peers see", certSANs),
  serverCertSANs: s.described("More names in the certificate that clients see", certSANs),
});
export type LocalEtcd = TypeOf<typeof localEtcd>;

export const externalEtcd = s.object("etcd somewhere else", {
  caFile: required(s.string("Authority that signed etcd's certificate", { minLength: 1, maxLength: 512 })),
  certFile: required(s.string("Certificate to show to etcd", { minLength: 1, maxLength: 512 })),
  endpoints: required(s.list("Where etcd answers", s.string({ minLength: 1, maxLength: 512 }), { maxItems: 50 })),
  keyFile: required(s.string("Key of that certificate", { minLength: 1, maxLength: 512 })),
});
export type ExternalEtcd = TypeOf<typeof externalEtcd>;

export const clusterConfiguration = s.object("kubeadm's settings for the whole cluster", {
  apiServer: always(
    s.object("Settings of the API server", {
      certSANs: certSANs,
      extraArgs: s.map("Arguments of its command", s.string()),
      extraEnvs: envVars,
      extraVolumes: hostPathMounts,
      timeoutForControlPlane: s.duration("How long kubeadm waits for the API server"),
    }),
  ),
  apiVersion: s.string("Ignored"),
  certificatesDir: s.string("Directory of certificates", { minLength: 1, maxLength: 512 }),
  clusterName: s.string("Name of the cluster", { minLength: 1, maxLength: 63 }),
  controlPlaneEndpoint: s.string("Where the API server answers", { minLength: 1, maxLength: 512 }),
  controllerManager: always(s.described("Settings of the controller manager", controlPlaneComponent)),
  dns: always(
    s.object("Settings of CoreDNS", {
      imageRepository: s.string("Registry and path of its images", { minLength: 1, maxLength: 512 }),
      imageTag: s.string("Tag of its image", { minLength: 1, maxLength: 256 }),
    }),
  ),
  etcd: always(
    s.object("Where etcd is", {
      external: externalEtcd,
      local: localEtcd,
    }),
  ),
  featureGates: s.map("kubeadm's feature gates", s.boolean()),
  imageRepository: s.string("Registry and path of its images", { minLength: 1, maxLength: 512 }),
  kind: s.string("Ignored"),
  kubernetesVersion: s.string("Kubernetes version", { minLength: 1, maxLength: 256 }),
  networking: always(
    s.object("The cluster's inner network", {
      dnsDomain: s.string("DNS domain of services", { minLength: 1, maxLength: 253 }),
      podSubnet: s.string("Where pods get their addresses", { minLength: 1, maxLength: 1024 }),
      serviceSubnet: s.string("Where services get their addresses", { minLength: 1, maxLength: 1024 }),
    }),
  ),
  scheduler: always(s.described("Settings of the scheduler", controlPlaneComponent)),
});
export type ClusterConfiguration = TypeOf<typeof clusterConfiguration>;
