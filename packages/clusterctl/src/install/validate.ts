import type { UnstructuredObject } from "@slipway/api";
import { plural } from "@slipway/runtime/object/plural.ts";
import { manifestLabel, type ProviderType } from "../config/providertypes.ts";
import type { Installed } from "../inventory/inventory.ts";
import { fieldAt } from "../object/fields.ts";

/** A provider that is to be installed, and the contract that its version keeps. */
export interface Candidate {
  readonly name: string;
  readonly type: ProviderType;
  readonly version: string;
  readonly namespace: string;
  /** Undefined when its metadata does not know its version. */
  readonly contract: string | undefined;
  readonly objects: readonly UnstructuredObject[];
}

export const contract = "v1beta1";
const skipNameCheck = "clusterctl.cluster.x-k8s.io/skip-crd-name-preflight-check";

const labelOf = ({ name, type }: Pick<Candidate, "name" | "type">): string => manifestLabel(name, type);

/** Already there, exactly so: nothing to do (CTL-046). */
export const isInstalled = (candidate: Omit<Candidate, "contract" | "objects">, installed: readonly Installed[]): boolean =>
  installed.some(
    ({ name, type, version, namespace }) =>
      name === candidate.name && type === candidate.type && version === candidate.version && namespace === candidate.namespace,
  );

/** Why the management cluster would not work afterwards (CTL-046, CTL-047). Empty: it would. */
export const faultsOfInstall = (queue: readonly Candidate[], installed: readonly Installed[]): readonly string[] => {
  const twice = queue.flatMap((candidate) => {
    const there = installed.filter(({ name, type }) => name === candidate.name && type === candidate.type);
    const places = there.map(({ namespace }) => namespace).join(", ");
    return there.length === 0
      ? []
      : [
          `installing provider "${labelOf(candidate)}" can lead to a non functioning management cluster: there is already an instance of the "${labelOf(candidate)}" provider installed in the "${places}" namespace`,
        ];
  });
  const cores = [...installed, ...queue].filter(({ type }) => type === "CoreProvider");
  const core = cores.length === 1 ? [] : [`invalid management cluster: there should a core provider, found ${cores.length}`];
  return [...twice, ...core, ...queue.flatMap(contractFault), ...queue.flatMap(({ objects }) => objects.flatMap(nameFault))];
};

const contractFault = (candidate: Candidate): readonly string[] => {
  const label = labelOf(candidate);
  if (candidate.contract === undefined)
    return [
      `invalid provider metadata: version ${candidate.version} for the provider ${label} does not match any release series`,
    ];
  if (candidate.contract === contract) return [];
  return [
    `current version of clusterctl is only compatible with ${contract} providers, detected ${candidate.contract} for provider ${label}`,
  ];
};

/** Cluster API finds a kind's CRD by its name, without asking: the plural of the kind, and its group. */
const nameFault = (object: UnstructuredObject): readonly string[] => {
  if (object.kind !== "CustomResourceDefinition" || skipNameCheck in (object.metadata.annotations ?? {})) return [];
  const kind = String(fieldAt(object, "spec", "names", "kind"));
  const expected = `${plural(kind).toLowerCase()}.${fieldAt(object, "spec", "group")}`;
  if (object.metadata.name === expected) return [];
  return [
    `CRD name "${object.metadata.name}" is invalid for a CRD referenced in a core Cluster API CRD, it should be "${expected}". If no core object refers to it, set the annotation ${skipNameCheck}.`,
  ];
};
