import { baseUrl, type CatalogService, type CloudSettings } from "../settings.ts";

interface CatalogEntry {
  readonly type: string;
  readonly name: string;
  readonly service: CatalogService;
  readonly path: (projectId: string) => string;
}

/** As a deployment registers them: network, image and load-balancer without a version (clients append their own). */
const entries: readonly CatalogEntry[] = [
  { type: "identity", name: "keystone", service: "identity", path: () => "/v3" },
  { type: "compute", name: "nova", service: "compute", path: () => "/v2.1" },
  { type: "network", name: "neutron", service: "network", path: () => "" },
  { type: "image", name: "glance", service: "image", path: () => "" },
  { type: "load-balancer", name: "octavia", service: "loadbalancer", path: () => "" },
  { type: "volumev3", name: "cinder", service: "volume", path: (project) => `/v3/${project}` },
  { type: "block-storage", name: "cinder", service: "volume", path: (project) => `/v3/${project}` },
  { type: "container-infra", name: "magnum", service: "containerInfra", path: () => "/v1" },
];

const interfaces = ["public", "internal", "admin"] as const;

export interface CatalogServiceView {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly {
    readonly id: string;
    readonly interface: string;
    readonly region: string;
    readonly region_id: string;
    readonly url: string;
  }[];
}

/** What a token of this project says about where the services are. */
export const catalogOf = (settings: CloudSettings, projectId: string): readonly CatalogServiceView[] =>
  entries.map(({ type, name, service, path }) => ({
    id: stableId(`service/${type}`),
    type,
    name,
    endpoints: interfaces.map((side) => ({
      id: stableId(`endpoint/${type}/${side}`),
      interface: side,
      region_id: settings.region,
      region: settings.region,
      url: `${baseUrl(settings, service)}${path(projectId)}`,
    })),
  }));

/** Services and endpoints are not records: their ids follow from their names, so that they are the same at every start. */
const stableId = (text: string): string => {
  let id = "";
  for (let part = 0; part < 4; part += 1) {
    let value = 0x811c9dc5 ^ part;
    for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
    id += (value >>> 0).toString(16).padStart(8, "0");
  }
  return id;
};
