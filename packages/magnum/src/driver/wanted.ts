import { CA_ROTATION_ANNOTATION, type MagnumCluster, type Stored } from "@slipway/api";
import { marked } from "./applied.ts";
import { type DesiredObject, type DesiredOptions, desired, heldTemplates } from "./desired.ts";
import type { LabelEffect } from "./labels/label.ts";
import type { Observed } from "./observed.ts";

export type Wanted = (
  record: Stored<MagnumCluster>,
  options: Pick<DesiredOptions, "namespace" | "serverGroups"> & { readonly observed: Observed },
) => readonly DesiredObject[];

/**
 * `desired`, marked for applying, computed once for each generation of a record: hundreds of passes see the same wish while its
 * machines come up. While a group is held back the answer depends on more than the wish, and is computed anew.
 */
export const createWanted = (effects: readonly LabelEffect[], most = 1024): Wanted => {
  const known = new Map<string, readonly DesiredObject[]>();
  return (record, { namespace, serverGroups, observed }) => {
    const held = heldTemplates(record, observed);
    const compute = () => desired(record, { namespace, serverGroups, effects, held }).map(marked);
    if (held.size > 0) return compute();
    const { uid, generation = 0, annotations = {} } = record.metadata;
    const rotation = annotations[CA_ROTATION_ANNOTATION] ?? "";
    const key = `${uid}/${generation}/${Object.values(serverGroups).join()}/${rotation}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const computed = compute();
    known.set(key, computed);
    const oldest = known.keys().next().value;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return computed;
  };
};
