import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterClass, ClusterClassSpec, MachineHealthCheckClass, NamingStrategy } from "../cluster/clusterclass.ts";
import { nameFromTemplate } from "../cluster/naming.ts";
import { inNamespace } from "../cluster/template.admission.ts";
import { partOf, withFields } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError, Read } from "../kind/kind.ts";
import { subdomainErrors, templateMetadataErrors } from "../meta/labels.ts";
import { autoscalerErrors } from "./autoscaler.ts";
import { healthCheckErrors, saysNothing } from "./health.ts";
import { patchErrors } from "./patches.ts";
import { compatibilityErrors, referenceErrors } from "./refs.ts";
import { variableDefinitionErrors } from "./variabledefinitions.ts";

type Errors = readonly FieldError[];
type Context = AdmissionContext<ClusterClass>;

/** References without a namespace mean the class's own; nothing else is filled in. */
export const defaultClusterClass = (clusterClass: ClusterClass): ClusterClass => {
  const { namespace } = clusterClass.metadata;
  const spec = partOf<ClusterClassSpec>(clusterClass.spec, "spec");
  const ref = <T extends { readonly ref?: { readonly namespace?: string } }>(part: T | undefined, path: string): T | undefined =>
    part?.ref === undefined
      ? part
      : (withFields<{ ref?: unknown }>(part, { ref: inNamespace(part.ref, namespace, `${path}.ref`) }) as T);
  const health = (check: MachineHealthCheckClass | undefined, path: string) =>
    check?.remediationTemplate === undefined
      ? check
      : withFields(check, {
          remediationTemplate: inNamespace(check.remediationTemplate, namespace, `${path}.remediationTemplate`),
        });
  const control = spec.controlPlane === undefined ? undefined : ref(spec.controlPlane, "spec.controlPlane");
  const template = <T extends { readonly template: ClusterClassTemplate; readonly class: string }>(
    worker: T,
    path: string,
  ): T => {
    const given = partOf<ClusterClassTemplate>(worker.template, `${path}.template`);
    return withFields<{ template: ClusterClassTemplate }>(worker, {
      template: withFields(given, {
        bootstrap: ref(given.bootstrap, `${path}.template.bootstrap`),
        infrastructure: ref(given.infrastructure, `${path}.template.infrastructure`),
      }),
    }) as T;
  };
  const workers = spec.workers;
  return withFields(clusterClass, {
    spec: withFields(spec, {
      infrastructure: ref(spec.infrastructure, "spec.infrastructure"),
      controlPlane:
        control &&
        withFields(control, {
          machineInfrastructure: ref(control.machineInfrastructure, "spec.controlPlane.machineInfrastructure"),
          machineHealthCheck: health(control.machineHealthCheck, "spec.controlPlane.machineHealthCheck"),
        }),
      workers:
        workers &&
        withFields(workers, {
          machineDeployments: workers.machineDeployments?.map((worker, index) => {
            const path = `spec.workers.machineDeployments[${index}]`;
            return withFields(template(worker, path), {
              machineHealthCheck: health(worker.machineHealthCheck, `${path}.machineHealthCheck`),
            });
          }),
          machinePools: workers.machinePools?.map((worker, index) => template(worker, `spec.workers.machinePools[${index}]`)),
        }),
    }),
  });
};

type ClusterClassTemplate = NonNullable<NonNullable<ClusterClassSpec["workers"]>["machineDeployments"]>[number]["template"];

const allClusters: Read = { group: "cluster.x-k8s.io", kind: "Cluster" };

/** Only Clusters that use the class forbid what it may become. */
export const clusterClassReads = (_clusterClass: ClusterClass, { operation }: Context): readonly Read[] =>
  operation === "CREATE" ? [] : [allClusters];

const clustersUsing = ({ metadata }: ClusterClass, { related }: Context): readonly Cluster[] =>
  (related?.list(allClusters) ?? [])
    .map((object) => object as unknown as Cluster)
    .filter((cluster) => {
      const { topology } = cluster.spec;
      return topology?.class === metadata.name && (topology?.classNamespace || cluster.metadata.namespace) === metadata.namespace;
    });

export const validateClusterClass = (clusterClass: ClusterClass, context: Context): Errors => {
  if (!isEnabled("ClusterTopology", context)) {
    return [forbidden("spec", "can be set only if the ClusterTopology feature flag is enabled")];
  }
  const { spec, metadata } = clusterClass;
  const { old, schemas } = context;
  return [
    ...referenceErrors(clusterClass),
    ...uniqueErrors(spec.workers?.machineDeployments, "machineDeployments", "MachineDeployment"),
    ...uniqueErrors(spec.workers?.machinePools, "machinePools", "MachinePool"),
    ...healthErrors(clusterClass),
    ...namingErrors(spec),
    ...(schemas === undefined ? [] : variableDefinitionErrors(spec.variables ?? [], "spec.variables", schemas)),
    ...patchErrors(clusterClass, context),
    ...templateMetadataErrors(spec.controlPlane?.metadata, "spec.controlPlane.metadata"),
    ...(["machineDeployments", "machinePools"] as const).flatMap((list) =>
      (spec.workers?.[list] ?? []).flatMap((worker) =>
        templateMetadataErrors(worker.template?.metadata, `spec.workers.${list}[${worker.class}].template.metadata`),
      ),
    ),
    ...(old === undefined ? [] : changeErrors(clusterClass, old, clustersUsing({ ...clusterClass, metadata }, context))),
  ];
};

/** A class that Clusters use is what they are made from: it cannot go before them. */
export const forbidClusterClassDelete = (clusterClass: ClusterClass, context: Context): string | undefined => {
  const clusters = clustersUsing(clusterClass, context);
  if (clusters.length === 0) return undefined;
  const names = clusters.slice(0, 3).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const more = clusters.length > names.length ? `, ... (${clusters.length - names.length} more)` : "";
  return `ClusterClass cannot be deleted because it is used by Cluster(s): ${names.join(", ")}${more}`;
};

const uniqueErrors = (classes: readonly { readonly class: string }[] | undefined, list: string, title: string): Errors =>
  (classes ?? []).flatMap((worker, index, all) =>
    all.findIndex((other) => other.class === worker.class) < index
      ? [
          invalid(
            `spec.workers.${list}[${index}].class`,
            worker.class,
            `${title} class must be unique. ${title} with class ${JSON.stringify(worker.class)} is defined more than once`,
          ),
        ]
      : [],
  );

const healthErrors = ({ spec, metadata }: ClusterClass): Errors => {
  const path = "spec.controlPlane.machineHealthCheck";
  const check = spec.controlPlane?.machineHealthCheck;
  return [
    ...healthCheckErrors(check, metadata.namespace, path),
    ...(check !== undefined && spec.controlPlane?.machineInfrastructure === undefined
      ? [forbidden(`${path}.machineInfrastructure`, "can be set only if spec.controlPlane.machineInfrastructure is set")]
      : []),
    ...(spec.workers?.machineDeployments ?? []).flatMap((worker) =>
      healthCheckErrors(
        worker.machineHealthCheck,
        metadata.namespace,
        `spec.workers.machineDeployments[${worker.class}].machineHealthCheck`,
      ),
    ),
  ];
};

const namingErrors = (spec: ClusterClassSpec): Errors => {
  const cluster = { ".cluster.name": "cluster" };
  return [
    ...nameErrors(spec.infrastructureNamingStrategy, cluster, "spec.infrastructureNamingStrategy", "InfraCluster"),
    ...nameErrors(spec.controlPlane?.namingStrategy, cluster, "spec.controlPlane.namingStrategy", "ControlPlane"),
    ...(spec.workers?.machineDeployments ?? []).flatMap((worker) =>
      nameErrors(
        worker.namingStrategy,
        { ...cluster, ".machineDeployment.topologyName": "mdtopology" },
        `spec.workers.machineDeployments[${worker.class}].namingStrategy`,
        "MachineDeployment",
      ),
    ),
    ...(spec.workers?.machinePools ?? []).flatMap((worker) =>
      nameErrors(
        worker.namingStrategy,
        { ...cluster, ".machinePool.topologyName": "mptopology" },
        `spec.workers.machinePools[${worker.class}].namingStrategy`,
        "MachinePool",
      ),
    ),
  ];
};

const nameErrors = (
  strategy: NamingStrategy | undefined,
  variables: { readonly [name: string]: string },
  path: string,
  what: string,
): Errors => {
  const template = strategy?.template;
  if (template === undefined) return [];
  try {
    return subdomainErrors(nameFromTemplate(template, variables, () => 0)).map((error) =>
      invalid(`${path}.template`, template, error),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [invalid(`${path}.template`, template, `invalid ${what} name template: ${why}`)];
  }
};

const changeErrors = (after: ClusterClass, before: ClusterClass, clusters: readonly Cluster[]): Errors => [
  ...compatibilityErrors(before, after),
  ...removedErrors(before, after, clusters, "machineDeployments", "MachineDeploymentClass"),
  ...removedErrors(before, after, clusters, "machinePools", "MachinePoolClass"),
  ...removedHealthErrors(before, after, clusters),
  ...clusters.flatMap((cluster) => autoscalerErrors(cluster, after)),
];

const removedErrors = (
  before: ClusterClass,
  after: ClusterClass,
  clusters: readonly Cluster[],
  list: "machineDeployments" | "machinePools",
  title: string,
): Errors => {
  const left = new Set((after.spec.workers?.[list] ?? []).map((worker) => worker.class));
  const removed = new Set((before.spec.workers?.[list] ?? []).map((worker) => worker.class).filter((name) => !left.has(name)));
  if (removed.size === 0) return [];
  return clusters.flatMap(({ metadata, spec }) =>
    (spec.topology?.workers?.[list] ?? [])
      .filter((worker) => removed.has(worker.class))
      .map((worker) =>
        forbidden(
          `spec.workers.${list}`,
          `${title} ${JSON.stringify(worker.class)} cannot be deleted because it is used by Cluster ${JSON.stringify(metadata.name)}`,
        ),
      ),
  );
};

/** Who switched a check on without saying which would be left without one. */
const removedHealthErrors = (before: ClusterClass, after: ClusterClass, clusters: readonly Cluster[]): Errors => {
  const used = (path: string, users: readonly Cluster[]): Errors =>
    users.length === 0
      ? []
      : [
          forbidden(
            path,
            `MachineHealthCheck cannot be deleted because it is used by Cluster(s) ${JSON.stringify(users.map(({ metadata }) => metadata.name).join(","))}`,
          ),
        ];
  const relies = (check: { readonly enable?: boolean } | undefined): boolean => check?.enable === true && saysNothing(check);
  const control =
    before.spec.controlPlane?.machineHealthCheck !== undefined && after.spec.controlPlane?.machineHealthCheck === undefined
      ? used(
          "spec.controlPlane.machineHealthCheck",
          clusters.filter(({ spec }) => relies(spec.topology?.controlPlane?.machineHealthCheck)),
        )
      : [];
  return [
    ...control,
    ...(after.spec.workers?.machineDeployments ?? []).flatMap((worker) => {
      const old = before.spec.workers?.machineDeployments?.find((one) => one.class === worker.class);
      if (old?.machineHealthCheck === undefined || worker.machineHealthCheck !== undefined) return [];
      return used(
        `spec.workers.machineDeployments[${worker.class}].machineHealthCheck`,
        clusters.filter(({ spec }) =>
          (spec.topology?.workers?.machineDeployments ?? []).some(
            (one) => one.class === worker.class && relies(one.machineHealthCheck),
          ),
        ),
      );
    }),
  ];
};
