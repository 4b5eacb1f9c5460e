import type { EndpointChoice } from "./cloud/catalog.ts";

/** What an operator decides about Magnum. Defaults are in `defaultSettings`. */
export interface MagnumSettings {
  /** Keystone as we reach it. */
  readonly authUrl: string;
  /** Keystone as tenants and their clusters reach it: in 401 answers, and in the clusters' `clouds.yaml`. */
  readonly publicAuthUrl: string;
  /** How the API picks endpoints from a token's catalog. */
  readonly endpoints: EndpointChoice;
  /** What goes into the clusters' `clouds.yaml`. */
  readonly clusterCloud: {
    readonly region: string;
    readonly interface: "public" | "internal";
    readonly verify: boolean;
    /** PEM; what verifies the cloud's certificates. */
    readonly caCertificates: string;
  };
  readonly tokenCacheSeconds: number;
  readonly maxLimit: number;
  readonly maxClustersPerProject: number;
  readonly allowedNetworkDrivers: readonly string[];
  readonly defaultNetworkDriver: string;
  /** Undefined: the driver for the image's operating system. */
  readonly defaultDriver: string | undefined;
  readonly computeMicroversion: string;
  /** GiB; 0 boots from the image. */
  readonly defaultBootVolumeSize: number;
  readonly defaultBootVolumeType: string | undefined;
  /** Make a Cluster again that somebody deleted behind our back; else the record fails and says so. */
  readonly recreateDeleted: boolean;
  /** Days that a signed certificate is good for. */
  readonly certificateDays: number;
  /** What `coe service list` calls this machine. */
  readonly host: string;
  /** Heed `X-Forwarded-*` from a proxy in front. */
  readonly trustForwardedHeaders: boolean;
}

export const defaultSettings: Omit<MagnumSettings, "authUrl" | "publicAuthUrl"> = {
  endpoints: { interface: "public" },
  clusterCloud: { region: "RegionOne", interface: "public", verify: true, caCertificates: "" },
  tokenCacheSeconds: 60,
  maxLimit: 1000,
  maxClustersPerProject: 20,
  allowedNetworkDrivers: ["calico", "cilium"],
  defaultNetworkDriver: "calico",
  defaultDriver: undefined,
  computeMicroversion: "2.63",
  defaultBootVolumeSize: 0,
  defaultBootVolumeType: undefined,
  recreateDeleted: false,
  certificateDays: 1825,
  host: "slipway",
  trustForwardedHeaders: false,
};
