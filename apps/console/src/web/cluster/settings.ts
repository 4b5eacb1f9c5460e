/** What labels say about a cluster, as the driver reads them. Pure. */
import type { OriginLabel } from "../../contract/index.ts";

export const labelValue = (labels: readonly OriginLabel[], name: string): string | null =>
  labels.find(({ key }) => key === name)?.value.trim() || null;

const yes: ReadonlySet<string> = new Set(["1", "t", "true", "on", "y", "yes"]);
const no: ReadonlySet<string> = new Set(["0", "f", "false", "off", "n", "no"]);

export const asksFor = (labels: readonly OriginLabel[], name: string): boolean =>
  yes.has((labelValue(labels, name) ?? "").toLowerCase());

/** On unless a label says no. */
export const healsItself = (labels: readonly OriginLabel[]): boolean =>
  !no.has((labelValue(labels, "auto_healing_enabled") ?? "").toLowerCase());
