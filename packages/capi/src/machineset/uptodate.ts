import { type MachineSpec, type ObjectReference, parseApiVersion } from "@slipway/api";
import { sameJson } from "@slipway/runtime";

/**
 * What of a template makes a new machine: the rest is brought to the machines that are there. Labels, annotations, gates and
 * timeouts are left out; so are versions and namespaces of references, which a provider's upgrade changes. CORE-318, TRAP-10
 */
export const rolloutDifferences = (current: MachineSpec, desired: MachineSpec): readonly string[] => {
  const [now, wanted] = [rolloutFields(current), rolloutFields(desired)];
  return [
    ...(now.version === wanted.version ? [] : [`Version ${shown(now.version)}, ${shown(wanted.version)} required`]),
    ...bootstrapDifference(now.bootstrap, wanted.bootstrap),
    ...(sameJson(now.infrastructureRef, wanted.infrastructureRef)
      ? []
      : [`${withoutTemplate(now.infrastructureRef.kind)} is not up-to-date`]),
    ...(now.failureDomain === wanted.failureDomain
      ? []
      : [`Failure domain ${shown(now.failureDomain)}, ${shown(wanted.failureDomain)} required`]),
    ...(now.providerID === wanted.providerID
      ? []
      : [`Provider ID ${shown(now.providerID)}, ${shown(wanted.providerID)} required`]),
  ];
};

interface RolloutFields {
  readonly version: string | undefined;
  readonly failureDomain: string | undefined;
  readonly providerID: string | undefined;
  readonly bootstrap: { readonly configRef?: Referred; readonly dataSecretName?: string };
  readonly infrastructureRef: Referred;
}
type Referred = ReturnType<typeof referred>;

export const rolloutFields = ({
  version,
  failureDomain,
  providerID,
  bootstrap,
  infrastructureRef,
}: MachineSpec): RolloutFields => ({
  version,
  failureDomain,
  providerID,
  bootstrap: {
    ...(bootstrap.configRef ? { configRef: referred(bootstrap.configRef) } : {}),
    ...(bootstrap.dataSecretName === undefined ? {} : { dataSecretName: bootstrap.dataSecretName }),
  },
  infrastructureRef: referred(infrastructureRef),
});

const referred = ({ apiVersion = "", kind = "", name = "" }: ObjectReference) => ({
  group: parseApiVersion(apiVersion).group,
  kind,
  name,
});

const bootstrapDifference = (now: RolloutFields["bootstrap"], wanted: RolloutFields["bootstrap"]): readonly string[] => {
  if (sameJson(now, wanted)) return [];
  if (now.configRef) return [`${withoutTemplate(now.configRef.kind)} is not up-to-date`];
  return [`spec.bootstrap.dataSecretName ${shown(now.dataSecretName)}, ${shown(wanted.dataSecretName)} required`];
};

/** The words surface on Machines, which know nothing of templates. */
const withoutTemplate = (kind: string): string => kind.replace(/Template$/, "");
const shown = (value: string | undefined): string => value ?? "nil";
