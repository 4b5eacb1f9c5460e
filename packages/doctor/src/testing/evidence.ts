import type { CloudEvidence, Evidence, ObjectEvidence, ServerFact } from "../evidence/evidence.ts";

export const now = new Date("2026-11-22T12:00:00Z");
const ago = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString();

export const condition = (type: string, status: string, more: object = {}) => ({
  type,
  status,
  reason: "Reason",
  message: "",
  lastTransitionTime: ago(20),
  ...more,
});

/** An object as far as a diagnosis reads it. */
export const object = (
  kind: string,
  name: string,
  more: { readonly metadata?: object; readonly [part: string]: unknown } = {},
) => ({
  kind,
  spec: {},
  ...more,
  metadata: { name, namespace: "magnum-system", uid: name, creationTimestamp: ago(60), ...more.metadata },
});

const ready = ["Ready", "InfrastructureReady", "ControlPlaneReady"].map((type) => condition(type, "True"));

/** A cluster `kube-a` that is complete and well, changed in parts. */
export const evidence = (objects: object = {}, rest: Partial<Omit<Evidence, "objects">> = {}): Evidence => ({
  now,
  events: [],
  cloud: undefined,
  ...rest,
  objects: {
    record: object("MagnumCluster", "kube-a", { status: { status: "CREATE_COMPLETE" } }),
    cluster: object("Cluster", "kube-a", { status: { conditions: ready, phase: "Provisioned" } }),
    infrastructure: undefined,
    controlPlane: undefined,
    machineDeployments: [],
    machineSets: [],
    machines: [],
    infraMachines: [],
    servers: [],
    bootstrapConfigs: [],
    machineTemplates: [],
    healthChecks: [],
    credential: "there",
    ...objects,
  } as unknown as ObjectEvidence,
});

export const cloud = (more: Partial<CloudEvidence> = {}): CloudEvidence => ({
  problems: [],
  servers: undefined,
  quotas: [],
  loadBalancer: undefined,
  network: undefined,
  images: undefined,
  flavors: undefined,
  keypair: undefined,
  volumes: undefined,
  ...more,
});

export const server = (name: string, more: Partial<ServerFact> = {}): ServerFact => ({
  id: `id-${name}`,
  name,
  status: "ACTIVE",
  taskState: undefined,
  fault: undefined,
  zone: "az1",
  createdAt: ago(60),
  console: undefined,
  ...more,
});

export { ago };
