import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterClass } from "../cluster/clusterclass.ts";
import { annotations } from "../cluster/names.ts";
import { invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";

type Annotated = { readonly annotations?: { readonly [key: string]: string } } | undefined;

const isAutoscaled = (metadata: Annotated): boolean =>
  metadata?.annotations?.[annotations.autoscalerMinSize] !== undefined ||
  metadata?.annotations?.[annotations.autoscalerMaxSize] !== undefined;

/** Two would fight about the number: whoever sets `replicas`, and the autoscaler. */
export const autoscalerErrors = ({ metadata, spec }: Cluster, clusterClass: ClusterClass | undefined): readonly FieldError[] =>
  (spec.topology?.workers?.machineDeployments ?? []).flatMap((deployment) => {
    if (deployment.replicas === undefined) return [];
    const field = `spec.topology.workers.machineDeployments[${deployment.name}].replicas`;
    const cannot = (why: string): FieldError =>
      invalid(
        field,
        deployment.replicas,
        `cannot be set for cluster ${JSON.stringify(metadata.name)} in namespace ${JSON.stringify(metadata.namespace ?? "")} if the ${why}`,
      );
    const source = clusterClass?.spec.workers?.machineDeployments?.find((worker) => worker.class === deployment.class);
    return [
      ...(isAutoscaled(deployment.metadata) ? [cannot("same MachineDeploymentTopology has autoscaler annotations")] : []),
      ...(isAutoscaled(source?.template?.metadata)
        ? [
            cannot(
              `source class ${JSON.stringify(deployment.class)} of this MachineDeploymentTopology has autoscaler annotations`,
            ),
          ]
        : []),
    ];
  });
