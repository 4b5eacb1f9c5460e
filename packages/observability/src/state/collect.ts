import type { KubeObject } from "@slipway/api";
import type { FamilyDeclaration, KindDeclaration, LabelPaths, Path } from "./declaration.ts";
import { clusterApiKinds, openStackKinds } from "./kinds.ts";
import { gaugeValue } from "./value.ts";

export type Label = readonly [name: string, value: string];
export interface Sample {
  /** Sorted by name. */
  readonly labels: readonly Label[];
  readonly value: number;
}
export interface FamilyHead {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "stateset" | "info";
}
/** A family with what it says of some objects. */
export interface Family extends FamilyHead {
  readonly samples: readonly Sample[];
}

/** A family made ready to be read from one object after the other. */
export interface FamilyReader extends FamilyHead {
  read(object: KubeObject): readonly Sample[];
}

/** Every family of these objects that has a sample. Pure: the same objects, the same families, in the declared order. */
export const collectFamilies = (
  objects: readonly KubeObject[],
  kinds: readonly KindDeclaration[] = [...clusterApiKinds, ...openStackKinds],
): readonly Family[] =>
  kinds.flatMap((kind) => {
    const mine = objects.filter((object) => object.kind === kind.kind && object.apiVersion === `${kind.group}/${kind.version}`);
    if (mine.length === 0) return [];
    return familyReaders(kind)
      .map(({ name, help, type, read }) => ({ name, help, type, samples: mine.flatMap((object) => read(object)) }))
      .filter(({ samples }) => samples.length > 0);
  });

export const familyReaders = (kind: KindDeclaration): readonly FamilyReader[] =>
  kind.families.map((family) => ({
    name: `${kind.prefix}_${family.name}`,
    help: family.help,
    type: types[family.type],
    read: reader(kind, family),
  }));

const types = { Gauge: "gauge", StateSet: "stateset", Info: "info" } as const;

/** A label and where it is read: in the object, in the element that is measured, or it is the state itself. */
interface Column {
  readonly name: string;
  readonly constant?: string;
  readonly object?: Path;
  readonly element?: Path;
  readonly state?: true;
}

const reader = (kind: KindDeclaration, family: FamilyDeclaration): FamilyReader["read"] => {
  const columns = columnsOf(kind, family);
  const stateAt = columns.findIndex(({ state }) => state === true);
  const labelsOf = (object: KubeObject, element: unknown, state?: string): { labels: Label[]; own: boolean } => {
    const labels: Label[] = [];
    let own = false;
    for (const column of columns) {
      const mine = column.element === undefined ? undefined : text(valueAt(element, column.element));
      if (mine !== undefined) own = true;
      const value =
        mine ??
        (column.state === true ? state : undefined) ??
        column.constant ??
        (column.object === undefined ? undefined : text(valueAt(object, column.object)));
      if (value !== undefined) labels.push([column.name, value]);
    }
    return { labels, own };
  };
  const samplesOf = (object: KubeObject, element: unknown): readonly Sample[] => {
    if (family.type === "Info") {
      if (element === undefined || element === null) return [];
      const { labels, own } = labelsOf(object, element);
      return own ? [{ labels, value: 1 }] : [];
    }
    const found = family.valueFrom === undefined ? element : valueAt(element, family.valueFrom);
    if (family.type === "Gauge") {
      const value = found === undefined || found === null ? (family.nilIsZero ? 0 : undefined) : gaugeValue(found);
      return value === undefined ? [] : [{ labels: labelsOf(object, element).labels, value }];
    }
    if (typeof found !== "string") return [];
    const { labels } = labelsOf(object, element, "");
    const at = labels.findIndex(([name]) => name === columns[stateAt]?.name);
    return family.states.map((state) => ({
      labels: labels.with(at, [family.labelName, state]),
      value: state === found ? 1 : 0,
    }));
  };
  return (object) => {
    const target = family.path === undefined ? object : valueAt(object, family.path);
    return Array.isArray(target) ? target.flatMap((element) => samplesOf(object, element)) : samplesOf(object, target);
  };
};

/** A sample's own labels win over those of the kind. */
const columnsOf = (kind: KindDeclaration, family: FamilyDeclaration): readonly Column[] => {
  const columns = new Map<string, Column>();
  const add = (paths: LabelPaths, from: "object" | "element") => {
    for (const [name, path] of Object.entries(paths)) columns.set(name, { ...columns.get(name), name, [from]: path });
  };
  add(kind.labels, "object");
  add(family.labels ?? {}, "element");
  if (family.type === "StateSet") columns.set(family.labelName, { name: family.labelName, state: true });
  for (const part of ["group", "kind", "version"] as const) {
    const name = `customresource_${part}`;
    columns.set(name, { name, constant: kind[part] });
  }
  return [...columns.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** Follows keys, list positions (from the end when negative) and look-ups in a list (`[kind=Cluster]`). */
export const valueAt = (value: unknown, path: Path): unknown => {
  let found: unknown = value;
  for (const segment of path) {
    if (found === undefined || found === null || typeof found !== "object") return undefined;
    if (Array.isArray(found)) {
      const lookup = /^\[(.+?)=(.*)\]$/.exec(segment);
      found =
        lookup === null
          ? found.at(Number(segment))
          : found.find((element: unknown) => String(valueAt(element, [lookup[1] ?? ""])) === lookup[2]);
    } else found = (found as { readonly [key: string]: unknown })[segment];
  }
  return found;
};

const text = (value: unknown): string | undefined =>
  typeof value === "string"
    ? value
    : value === undefined || value === null
      ? undefined
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
