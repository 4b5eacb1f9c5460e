import type {
  Cluster,
  ClusterClass,
  KubeObject,
  MachineDeployment,
  MachineDeploymentTopology,
  MachinePool,
  MachinePoolTopology,
  UnstructuredObject,
} from "@slipway/api";
import { ipFamilyOf } from "./ipfamily.ts";
import { builtin, type Variables } from "./merge.ts";

/** What a patch may see of a Cluster's variables, and what is built in. */

/** Where a definition comes from: the class itself, or an external patch, by its name. */
export const inline = "inline";

/** Names of the variables that `from` defines. */
export const definedBy = ({ status }: Pick<ClusterClass, "status">, from: string): ReadonlySet<string> =>
  new Set(
    (status?.variables ?? [])
      .filter(({ definitions }) => definitions.some((definition) => definition.from === from))
      .map(({ name }) => name),
  );

type Values = readonly { readonly name: string; readonly value: unknown }[] | undefined;

const seen = (values: Values, defined: ReadonlySet<string>): Variables =>
  Object.fromEntries((values ?? []).filter(({ name }) => defined.has(name)).map(({ name, value }) => [name, value]));

/** For every template: the Cluster's own values, and what is built in of it. */
export const globalVariables = (cluster: Cluster, defined: ReadonlySet<string>): Variables => {
  const { metadata, spec } = cluster;
  const { topology, clusterNetwork } = spec;
  const { name, namespace, uid } = metadata;
  // A variable of the user's cannot stand for what is built in.
  const values = (topology?.variables ?? []).filter((variable) => variable.name !== builtin);
  return {
    ...seen(values, defined),
    [builtin]: {
      cluster: {
        ...some({ name, namespace, uid }),
        ...metadataOf(cluster),
        topology: some({
          version: topology?.version,
          class: topology?.class,
          classNamespace: topology?.classNamespace || namespace,
        }),
        ...(clusterNetwork === undefined
          ? {}
          : {
              network: some({
                serviceDomain: clusterNetwork.serviceDomain,
                services: filled(clusterNetwork.services?.cidrBlocks),
                pods: filled(clusterNetwork.pods?.cidrBlocks),
                ipFamily: ipFamilyOf(clusterNetwork),
              }),
            }),
      },
    },
  };
};

interface ControlPlaneFields extends KubeObject {
  readonly spec?: { readonly version?: string; readonly replicas?: number };
}

/** For the control plane's template and that of its machines. `controlPlane` is the object as it is about to be. */
export const controlPlaneVariables = (
  { spec: { topology } }: Cluster,
  controlPlane: ControlPlaneFields,
  machineTemplate: UnstructuredObject | undefined,
  defined: ReadonlySet<string>,
): Variables => ({
  ...seen(topology?.controlPlane?.variables?.overrides, defined),
  [builtin]: {
    controlPlane: {
      ...some({ version: controlPlane.spec?.version, name: controlPlane.metadata.name }),
      ...metadataOf(controlPlane),
      ...(topology?.controlPlane?.replicas === undefined ? {} : some({ replicas: controlPlane.spec?.replicas })),
      ...(machineTemplate === undefined
        ? {}
        : { machineTemplate: { infrastructureRef: some({ name: machineTemplate.metadata.name }) } }),
    },
  },
});

interface WorkerParts {
  readonly bootstrap: UnstructuredObject | undefined;
  readonly infrastructure: UnstructuredObject | undefined;
}

export const machineDeploymentVariables = (
  topology: MachineDeploymentTopology,
  deployment: MachineDeployment,
  parts: WorkerParts,
  defined: ReadonlySet<string>,
): Variables => ({
  ...seen(topology.variables?.overrides, defined),
  [builtin]: { machineDeployment: workers(topology, deployment, parts) },
});

export const machinePoolVariables = (
  topology: MachinePoolTopology,
  pool: MachinePool,
  parts: WorkerParts,
  defined: ReadonlySet<string>,
): Variables => ({
  ...seen(topology.variables?.overrides, defined),
  [builtin]: { machinePool: workers(topology, pool, parts) },
});

const workers = (
  topology: MachineDeploymentTopology | MachinePoolTopology,
  object: MachineDeployment | MachinePool,
  { bootstrap, infrastructure }: WorkerParts,
): object => ({
  ...some({
    // What this one is about to run, which is not yet the topology's while others are upgraded first.
    version: object.spec.template.spec?.version,
    class: topology.class,
    name: object.metadata.name,
    topologyName: topology.name,
    replicas: object.spec.replicas,
  }),
  ...metadataOf(object),
  ...(bootstrap === undefined ? {} : { bootstrap: { configRef: some({ name: bootstrap.metadata.name }) } }),
  ...(infrastructure === undefined ? {} : { infrastructureRef: some({ name: infrastructure.metadata.name }) }),
});

const metadataOf = ({ metadata: { labels, annotations } }: KubeObject): object => {
  const both = some({ labels: filled(labels), annotations: filled(annotations) });
  return labels === undefined && annotations === undefined ? {} : { metadata: both };
};

/** Empty texts, lists and maps are absent in JSON that Go writes; templates test for that. */
const filled = <T extends object>(value: T | undefined): T | undefined =>
  value === undefined || Object.keys(value).length === 0 ? undefined : value;
const some = (fields: { readonly [field: string]: unknown }): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""));
