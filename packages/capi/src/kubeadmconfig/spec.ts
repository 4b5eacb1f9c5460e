/** The KubeadmConfig spec as this folder reads it: the wire's own shape. */

export interface KubeadmConfigSpec {
  readonly clusterConfiguration?: ClusterConfiguration;
  readonly initConfiguration?: InitConfiguration;
  readonly joinConfiguration?: JoinConfiguration;
  readonly files?: readonly BootstrapFile[];
  readonly diskSetup?: DiskSetup;
  readonly mounts?: readonly (readonly string[])[];
  readonly bootCommands?: readonly string[];
  readonly preKubeadmCommands?: readonly string[];
  readonly postKubeadmCommands?: readonly string[];
  readonly users?: readonly BootstrapUser[];
  readonly ntp?: { readonly servers?: readonly string[]; readonly enabled?: boolean };
  readonly format?: "cloud-config" | "ignition";
  readonly verbosity?: number;
  readonly useExperimentalRetryJoin?: boolean;
  readonly ignition?: unknown;
}

export interface BootstrapFile {
  readonly path: string;
  readonly owner?: string;
  readonly permissions?: string;
  readonly encoding?: "base64" | "gzip" | "gzip+base64";
  readonly append?: boolean;
  readonly content?: string;
  readonly contentFrom?: { readonly secret: SecretKey };
}

export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

export interface BootstrapUser {
  readonly name: string;
  readonly gecos?: string;
  readonly groups?: string;
  readonly homeDir?: string;
  readonly inactive?: boolean;
  readonly shell?: string;
  readonly passwd?: string;
  readonly passwdFrom?: { readonly secret: SecretKey };
  readonly primaryGroup?: string;
  readonly lockPassword?: boolean;
  readonly sudo?: string;
  readonly sshAuthorizedKeys?: readonly string[];
}

export interface DiskSetup {
  readonly partitions?: readonly {
    readonly device: string;
    readonly layout: boolean;
    readonly overwrite?: boolean;
    readonly tableType?: "mbr" | "gpt";
  }[];
  readonly filesystems?: readonly {
    readonly device: string;
    readonly filesystem: string;
    readonly label?: string;
    readonly partition?: string;
    readonly overwrite?: boolean;
    readonly replaceFS?: string;
    readonly extraOpts?: readonly string[];
  }[];
}

export interface StringMap {
  readonly [key: string]: string;
}

export interface ClusterConfiguration {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly etcd?: { readonly local?: LocalEtcd; readonly external?: ExternalEtcd };
  readonly networking?: { readonly serviceSubnet?: string; readonly podSubnet?: string; readonly dnsDomain?: string };
  readonly kubernetesVersion?: string;
  readonly controlPlaneEndpoint?: string;
  readonly apiServer?: ControlPlaneComponent & {
    readonly certSANs?: readonly string[];
    readonly timeoutForControlPlane?: string;
  };
  readonly controllerManager?: ControlPlaneComponent;
  readonly scheduler?: ControlPlaneComponent;
  readonly dns?: { readonly imageRepository?: string; readonly imageTag?: string };
  readonly certificatesDir?: string;
  readonly imageRepository?: string;
  readonly featureGates?: { readonly [gate: string]: boolean };
  readonly clusterName?: string;
}

export interface ControlPlaneComponent {
  readonly extraArgs?: StringMap;
  readonly extraVolumes?: readonly {
    readonly name: string;
    readonly hostPath: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly pathType?: string;
  }[];
  readonly extraEnvs?: readonly EnvVar[];
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

export interface LocalEtcd {
  readonly imageRepository?: string;
  readonly imageTag?: string;
  readonly dataDir?: string;
  readonly extraArgs?: StringMap;
  readonly extraEnvs?: readonly EnvVar[];
  readonly serverCertSANs?: readonly string[];
  readonly peerCertSANs?: readonly string[];
}

export interface ExternalEtcd {
  readonly endpoints: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

export interface NodeRegistration {
  readonly name?: string;
  readonly criSocket?: string;
  /** Absent: kubeadm's default taint. Empty: none. */
  readonly taints?: readonly Taint[];
  readonly kubeletExtraArgs?: StringMap;
  readonly ignorePreflightErrors?: readonly string[];
  readonly imagePullPolicy?: string;
  readonly imagePullSerial?: boolean;
}

export interface LocalApiEndpoint {
  readonly advertiseAddress?: string;
  readonly bindPort?: number;
}

export interface InitConfiguration {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly bootstrapTokens?: readonly {
    readonly token: string;
    readonly description?: string;
    readonly ttl?: string;
    readonly expires?: string;
    readonly usages?: readonly string[];
    readonly groups?: readonly string[];
  }[];
  readonly nodeRegistration?: NodeRegistration;
  readonly localAPIEndpoint?: LocalApiEndpoint;
  readonly skipPhases?: readonly string[];
  readonly patches?: { readonly directory?: string };
}

export interface JoinConfiguration {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly nodeRegistration?: NodeRegistration;
  readonly caCertPath?: string;
  readonly discovery?: Discovery;
  readonly controlPlane?: { readonly localAPIEndpoint?: LocalApiEndpoint };
  readonly skipPhases?: readonly string[];
  readonly patches?: { readonly directory?: string };
}

export interface Discovery {
  readonly bootstrapToken?: {
    readonly token?: string;
    readonly apiServerEndpoint?: string;
    readonly caCertHashes?: readonly string[];
    readonly unsafeSkipCAVerification?: boolean;
  };
  readonly file?: { readonly kubeConfigPath: string; readonly kubeConfig?: FileDiscoveryKubeConfig };
  readonly tlsBootstrapToken?: string;
  readonly timeout?: string;
}

export interface FileDiscoveryKubeConfig {
  readonly cluster?: {
    readonly server?: string;
    readonly tlsServerName?: string;
    readonly insecureSkipTLSVerify?: boolean;
    /** Base64 of PEM. */
    readonly certificateAuthorityData?: string;
    readonly proxyURL?: string;
  };
  readonly user: {
    readonly authProvider?: { readonly name: string; readonly config?: StringMap };
    readonly exec?: {
      readonly command: string;
      readonly args?: readonly string[];
      readonly env?: readonly { readonly name: string; readonly value: string }[];
      readonly apiVersion?: string;
      readonly provideClusterInfo?: boolean;
    };
  };
}
