import { customKinds, MAGNUM_NAMESPACE, MagnumCluster, type MagnumClusterStatus, type Stored } from "@slipway/api";
import { createApiInMemory, type InMemoryApi } from "@slipway/apiserver";
import { createVirtualClock, silentLog, type VirtualClock } from "@slipway/runtime";
import { createMagnum, type Magnum, type MagnumOptions } from "../http/server.ts";
import { defaultSettings, type MagnumSettings } from "../settings.ts";
import { createTinyCloud, type TinyCloud } from "./tinycloud.ts";

/** For tests: the Magnum API over a real management API in memory. */
export interface TestApi {
  readonly magnum: Magnum;
  readonly api: InMemoryApi;
  readonly cloud: TinyCloud;
  readonly clock: VirtualClock;
  call(method: string, path: string, options?: CallOptions): Promise<Called>;
  /** As the driver writes it when a cluster is as asked for. */
  settle(uuid: string, status: string, more?: Partial<MagnumClusterStatus>): Promise<void>;
  cluster(uuid: string): Promise<Stored<MagnumCluster>>;
}

export interface CallOptions {
  /** A token of `PEOPLE`; null for none. */
  readonly as?: string | null;
  readonly version?: string;
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export const createTestApi = async (
  settings: Partial<MagnumSettings> = {},
  create: (options: MagnumOptions) => Magnum = createMagnum,
): Promise<TestApi> => {
  const clock = createVirtualClock({ start: new Date("2026-11-22T12:00:00Z") });
  const api = await createApiInMemory({ kinds: customKinds, clock });
  const cloud = createTinyCloud();
  const magnum = create({
    client: api.client,
    transport: cloud.transport,
    clock,
    log: silentLog,
    settings: {
      ...defaultSettings,
      authUrl: "http://keystone.test/v3",
      publicAuthUrl: "http://keystone.test/v3",
      ...settings,
    },
  });
  const cluster = async (uuid: string) => {
    const found = (await api.client.list(MagnumCluster, { namespace: MAGNUM_NAMESPACE })).items.find(
      ({ metadata }) => metadata.uid === uuid,
    );
    if (found === undefined) throw new Error(`no cluster ${uuid}`);
    return found;
  };
  return {
    magnum,
    api,
    cloud,
    clock,
    cluster,
    call: async (method, path, { as = "tenant-a", version, body, headers } = {}) => {
      const response = await magnum.fetch(
        new Request(`http://magnum.test:9511${path}`, {
          method,
          headers: {
            ...(as === null ? {} : { "X-Auth-Token": as }),
            ...(version === undefined ? {} : { "OpenStack-API-Version": `container-infra ${version}` }),
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text.startsWith("{") ? JSON.parse(text) : text };
    },
    settle: async (uuid, status, more = {}) => {
      const current = await cluster(uuid);
      await api.client.update(
        MagnumCluster,
        {
          ...current,
          status: {
            observedGeneration: current.metadata.generation ?? 1,
            status,
            apiAddress: "https://203.0.113.10:6443",
            coeVersion: current.spec.kubernetesVersion,
            nodeGroups: current.spec.nodeGroups.map(({ name }) => ({ name, status, nodeAddresses: ["10.0.0.10"] })),
            ...more,
          },
        },
        { subresource: "status" },
      );
    },
  };
};

export const TEMPLATE = {
  name: "cap-ct",
  image_id: "ubuntu-2204-kube-v1.31.1",
  keypair_id: "tenant-a-key",
  coe: "kubernetes",
  external_network_id: "public",
  flavor_id: "m1.small",
  master_flavor_id: "m1.small",
  dns_nameserver: "8.8.8.8",
  network_driver: "calico",
  server_type: "vm",
  docker_storage_driver: "overlay2",
  docker_volume_size: 20,
  master_lb_enabled: true,
  floating_ip_enabled: true,
  labels: { kube_tag: "v1.31.1", boot_volume_size: "20" },
};

export const latest = { version: "latest" };

/** What an error answer says. */
export const detailOf = (called: Called | undefined): string => called?.body.errors[0]?.detail ?? "";

/** Makes a template; answers its uuid. */
export const startTemplate = async (api: TestApi, more: object = {}, as = "tenant-a"): Promise<string> => {
  const made = await api.call("POST", "/v1/clustertemplates", { ...latest, as, body: { ...TEMPLATE, ...more } });
  if (made.status !== 201) throw new Error(`${made.status} ${JSON.stringify(made.body)}`);
  return made.body.uuid;
};

/** Makes a cluster of a new template; answers its uuid. */
export const startCluster = async (api: TestApi, more: object = {}): Promise<string> => {
  const made = await api.call("POST", "/v1/clusters", {
    ...latest,
    body: { name: "mine", cluster_template_id: await startTemplate(api), ...more },
  });
  if (made.status !== 202) throw new Error(`${made.status} ${JSON.stringify(made.body)}`);
  return made.body.uuid;
};
