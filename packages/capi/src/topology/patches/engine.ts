import type { ClusterClass, JsonPatchOperation, UnstructuredObject } from "@slipway/api";
import type { Variables } from "../variables/merge.ts";
import { definedBy, inline } from "../variables/visible.ts";
import { operationsFor, type PatchTarget } from "./inline.ts";
import { withOperation } from "./jsonpatch.ts";

/** A template of the class in one of its uses. */
export interface TemplateUse extends PatchTarget {
  /** Of its own choosing: under it the outcome is found. */
  readonly key: string;
  /** Beyond what all templates see. */
  readonly variables: (defined: ReadonlySet<string>) => Variables;
}

/** The templates as the class's patches leave them, each patch seeing what those before it made. @throws Error naming the patch */
export const patchedTemplates = (
  clusterClass: ClusterClass,
  uses: readonly TemplateUse[],
  global: (defined: ReadonlySet<string>) => Variables,
): ReadonlyMap<string, UnstructuredObject> => {
  const templates = new Map(uses.map(({ key, template }) => [key, template]));
  for (const patch of clusterClass.spec.patches ?? []) {
    const failed = (error: unknown): Error =>
      new Error(`failed to apply patch ${JSON.stringify(patch.name)}: ${error instanceof Error ? error.message : String(error)}`);
    if (patch.external !== undefined) throw failed("runtime extensions are not served here");
    const defined = definedBy(clusterClass, inline);
    for (const { key, holder, template, variables } of uses) {
      const now = templates.get(key) ?? template;
      try {
        const all = operationsFor(patch, { holder, template: now }, global(defined), variables(defined));
        templates.set(
          key,
          all.reduce((made, operations) => withOperations(made, operations), now),
        );
      } catch (error) {
        throw failed(error);
      }
    }
  }
  return templates;
};

/** Only what a template is about may change: whatever else a patch does is dropped. */
const withOperations = (template: UnstructuredObject, operations: readonly JsonPatchOperation[]): UnstructuredObject => {
  const { spec } = operations.reduce<{ readonly [field: string]: unknown }>(withOperation, { ...template });
  return spec === undefined ? template : { ...template, spec: spec as UnstructuredObject["spec"] & object };
};
