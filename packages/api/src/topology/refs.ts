import type { ClusterClass, MachineDeploymentClass, MachinePoolClass, TemplateReference } from "../cluster/clusterclass.ts";
import { forbidden, invalid, requiredValue } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import { parseApiVersion } from "../meta/resource.ts";

/** The templates of a class: what a reference must say, and what it may become. */

type Reference = TemplateReference["ref"];

const suffix = "Template";

/** Every template that a class names, with its place. */
export const templatesOf = ({
  spec,
}: ClusterClass): readonly { readonly path: string; readonly ref: Reference | undefined }[] => [
  { path: "spec.infrastructure", ref: spec.infrastructure?.ref },
  { path: "spec.controlPlane", ref: spec.controlPlane?.ref },
  ...(spec.controlPlane?.machineInfrastructure
    ? [{ path: "spec.controlPlane.machineInfrastructure", ref: spec.controlPlane.machineInfrastructure.ref }]
    : []),
  ...(["machineDeployments", "machinePools"] as const).flatMap((list) =>
    (spec.workers?.[list] ?? []).flatMap(({ template }: MachineDeploymentClass | MachinePoolClass, index) =>
      (["bootstrap", "infrastructure"] as const).map((part) => ({
        path: `spec.workers.${list}[${index}].template.${part}`,
        ref: template?.[part]?.ref,
      })),
    ),
  ),
];

export const referenceErrors = (clusterClass: ClusterClass): readonly FieldError[] =>
  templatesOf(clusterClass).flatMap(({ path, ref }) => oneReference(ref, clusterClass.metadata.namespace ?? "", `${path}.ref`));

const oneReference = (ref: Reference | undefined, namespace: string, path: string): readonly FieldError[] => {
  if (ref === undefined) return [requiredValue(path, "template reference must be defined")];
  const { name = "", kind = "", apiVersion = "" } = ref;
  return [
    ...(name === "" ? [requiredValue(`${path}.name`, "template name must be defined")] : []),
    ...(namespace !== "" && ref.namespace !== namespace
      ? [
          invalid(
            `${path}.namespace`,
            ref.namespace ?? "",
            `template must be in the same namespace as the ClusterClass (${namespace})`,
          ),
        ]
      : []),
    ...(kind.length > suffix.length && kind.endsWith(suffix)
      ? []
      : [invalid(`${path}.kind`, kind, `template kind must be of form "<name>${suffix}"`)]),
    ...(apiVersion === ""
      ? [requiredValue(`${path}.apiVersion`, "template apiVersion must be defined")]
      : apiVersion.split("/").length > 2
        ? [
            invalid(
              `${path}.apiVersion`,
              apiVersion,
              `template apiVersion must be a valid Kubernetes apiVersion: unexpected GroupVersion string: ${apiVersion}`,
            ),
          ]
        : []),
  ];
};

/** A reference may change its version and name; bootstrap templates of workers may change altogether. */
export const compatibilityErrors = (before: ClusterClass, after: ClusterClass): readonly FieldError[] => {
  const [old, now] = [before.spec, after.spec];
  return [
    ...compatible(old.infrastructure?.ref, now.infrastructure?.ref, "spec.infrastructure"),
    ...compatible(old.controlPlane?.ref, now.controlPlane?.ref, "spec.controlPlane"),
    ...compatible(
      old.controlPlane?.machineInfrastructure?.ref,
      now.controlPlane?.machineInfrastructure?.ref,
      "spec.controlPlane.machineInfrastructure",
    ),
    ...(["machineDeployments", "machinePools"] as const).flatMap((list) =>
      (now.workers?.[list] ?? []).flatMap((worker: MachineDeploymentClass | MachinePoolClass) => {
        const workers: readonly (MachineDeploymentClass | MachinePoolClass)[] = old.workers?.[list] ?? [];
        const index = workers.findIndex((one) => one.class === worker.class);
        const path = `spec.workers.${list}[${index}]`;
        return compatible(workers[index]?.template?.infrastructure?.ref, worker.template?.infrastructure?.ref, path);
      }),
    ),
  ];
};

const compatible = (before: Reference | undefined, after: Reference | undefined, path: string): readonly FieldError[] => {
  if (before === undefined || after === undefined) return [];
  const groups = [parseApiVersion(before.apiVersion ?? "").group, parseApiVersion(after.apiVersion ?? "").group] as const;
  const changed = (what: string, from: string | undefined, to: string | undefined): string =>
    `apiVersion.${what} cannot be changed from ${JSON.stringify(from ?? "")} to ${JSON.stringify(to ?? "")} to prevent incompatible changes in the Clusters`;
  return [
    ...(groups[0] === groups[1] ? [] : [forbidden(`${path}.ref.apiVersion`, changed("group", groups[0], groups[1]))]),
    ...(before.kind === after.kind ? [] : [forbidden(`${path}.ref.kind`, changed("kind", before.kind, after.kind))]),
  ];
};
