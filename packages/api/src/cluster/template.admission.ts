import { partOf, withFields } from "../kind/edit.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import { matchesSelector, requirementsOf } from "../meta/labelselector.ts";
import type { LabelSelector } from "../meta/selector.ts";
import type { MachineSpec } from "./machine.ts";
import type { MachineTemplate } from "./machineset.ts";
import { annotations } from "./names.ts";
import { isKubernetesVersion, withVersionPrefix } from "./version.ts";

/** What MachineSet, MachineDeployment and Machine default and check alike. */

export const defaultedMachineSpec = (
  machine: MachineSpec | undefined,
  namespace: string | undefined,
  path: string,
): MachineSpec => {
  const spec = partOf<MachineSpec>(machine, path);
  const bootstrap = partOf<MachineSpec["bootstrap"]>(spec.bootstrap, `${path}.bootstrap`);
  return withFields(spec, {
    version: withVersionPrefix(spec.version),
    bootstrap:
      bootstrap.configRef &&
      withFields(bootstrap, { configRef: inNamespace(bootstrap.configRef, namespace, `${path}.bootstrap.configRef`) }),
    infrastructureRef: spec.infrastructureRef && inNamespace(spec.infrastructureRef, namespace, `${path}.infrastructureRef`),
  });
};

/** A reference without a namespace means the object's own. */
export const inNamespace = <T extends { readonly namespace?: string }>(
  reference: T,
  namespace: string | undefined,
  path: string,
): T => {
  const part = partOf<T>(reference, path);
  return part.namespace === undefined || part.namespace === ""
    ? (withFields<{ namespace?: string }>(part, { namespace }) as T)
    : part;
};

/** The template with these labels added; metadata is made when there is none. */
export const labelledTemplate = (
  template: MachineTemplate,
  added: { readonly [key: string]: string },
  path: string,
): MachineTemplate => {
  const metadata = partOf<NonNullable<MachineTemplate["metadata"]>>(template.metadata, `${path}.metadata`);
  return withFields(template, { metadata: withFields(metadata, { labels: { ...metadata.labels, ...added } }) });
};

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;

/** What keeps a selector from being read. */
export const selectorErrors = (selector: LabelSelector, path: string): readonly FieldError[] => {
  try {
    requirementsOf(selector);
    return [];
  } catch (error) {
    return [invalid(path, selector, error instanceof Error ? error.message : String(error))];
  }
};

/** The selector's own errors, or what `whenUnmatched` says of a template that it does not select. */
export const ownSelectorErrors = (
  selector: LabelSelector,
  templateLabels: { readonly [key: string]: string } | undefined,
  whenUnmatched: () => FieldError,
): readonly FieldError[] => {
  const errors = selectorErrors(selector, "spec.selector");
  return errors.length > 0 || matchesSelector(selector, templateLabels ?? {}) ? errors : [whenUnmatched()];
};

export const versionErrors = (version: string | undefined, path: string): readonly FieldError[] =>
  version === undefined || isKubernetesVersion(version) ? [] : [invalid(path, version, "must be a valid semantic version")];

export const clusterNameErrors = (clusterName: string, old: string | undefined): readonly FieldError[] =>
  old === undefined || old === clusterName ? [] : [forbidden("spec.clusterName", "field is immutable")];

const preflightChecks = [
  "All",
  "ControlPlaneIsStable",
  "ControlPlaneVersionSkew",
  "KubeadmVersionSkew",
  "KubernetesVersionSkew",
] as const;
export type PreflightCheck = (typeof preflightChecks)[number];

/** The names in an object's skip-preflight-checks annotation, known or not. */
export const skippedPreflightChecks = (object: {
  readonly metadata: { readonly annotations?: { readonly [key: string]: string } };
}): readonly string[] => {
  const value = object.metadata.annotations?.[annotations.skipPreflightChecks];
  return value === undefined || value === "" ? [] : value.split(",").map((check) => check.trim());
};

export const skippedPreflightErrors = (object: Parameters<typeof skippedPreflightChecks>[0]): readonly FieldError[] => {
  const unknown = skippedPreflightChecks(object).filter((check) => !(preflightChecks as readonly string[]).includes(check));
  if (unknown.length === 0) return [];
  return [
    invalid(
      `metadata.annotations.${annotations.skipPreflightChecks}`,
      unknown,
      `skipped preflight check(s) must be among: [${preflightChecks.join(" ")}]`,
    ),
  ];
};
