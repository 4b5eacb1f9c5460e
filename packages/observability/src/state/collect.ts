import type { KubeObject } from "@slipway/api";
import type { FamilyDeclaration, KindDeclaration, LabelPaths, Path } from "./declaration.ts";
import { servedKinds } from "./served.ts";
import { escapeValue, formatValue, gaugeValue } from "./value.ts";

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

/** What of a family is asked for. */
export interface Only {
  /** Of a StateSet. */
  readonly states?: readonly string[] | undefined;
  /** More than 0: the state that it is in, the gauge that is not 0. */
  readonly positive?: boolean;
  /** Whose labels have one of these values. */
  readonly labels?: ReadonlyMap<string, readonly string[]>;
}

/** A family made ready to be read from one object after the other: as samples, or as the lines that show them. */
export interface FamilyReader extends FamilyHead {
  /** Of a StateSet: the label whose value is the state. */
  readonly stateLabel?: string;
  read(object: KubeObject, only?: Only): readonly Sample[];
  lines(object: KubeObject): string;
}

/** Every family of these objects that has a sample. Pure: the same objects, the same families, in the declared order. */
export const collectFamilies = (
  objects: readonly KubeObject[],
  kinds: readonly KindDeclaration[] = servedKinds,
): readonly Family[] =>
  kinds.flatMap((kind) => {
    const mine = objects.filter((object) => object.kind === kind.kind && object.apiVersion === `${kind.group}/${kind.version}`);
    if (mine.length === 0) return [];
    return familyReaders(kind)
      .map(({ name, help, type, read }) => ({ name, help, type, samples: mine.flatMap((object) => read(object)) }))
      .filter(({ samples }) => samples.length > 0);
  });

export const familyReaders = (kind: KindDeclaration): readonly FamilyReader[] =>
  kind.families.map((family) => {
    const name = `${kind.prefix}_${family.name}`;
    const columns = columnsOf(kind, family);
    const measure = measureOf(family, columns);
    return {
      name,
      help: family.help,
      type: types[family.type],
      ...(family.type === "StateSet" ? { stateLabel: family.labelName } : {}),
      read: (object, { states, positive = false, labels } = {}) => {
        const samples: Sample[] = [];
        const fits = (values: readonly (string | undefined)[]) =>
          labels === undefined ||
          columns.every((column, index) => labels.get(column.name)?.includes(values[index] ?? "") !== false);
        const counts = (value: number | string) =>
          typeof value === "string" ? states === undefined || states.includes(value) : value > 0;
        measure(
          object,
          (values, value) => {
            if (!fits(values)) return;
            const shown = positive && typeof value === "string" ? [value] : states;
            samples.push(...samplesOf(family, columns, { values, value, states: shown }));
          },
          positive ? counts : undefined,
        );
        return samples;
      },
      lines: linesOf(name, family, columns, measure),
    };
  });

const types = { Gauge: "gauge", StateSet: "stateset", Info: "info" } as const;

/** A label and where it is read: in the object, in the element that is measured, or it is the state itself. */
interface Column {
  readonly name: string;
  readonly constant?: string;
  readonly object?: Path;
  readonly element?: Path;
  readonly state?: true;
}

/** One value a column; absent ones are no labels. The value of a StateSet is the state that it is in. */
type Emit = (values: readonly (string | undefined)[], value: number | string) => void;
type Measure = (object: KubeObject, emit: Emit, wanted?: (value: number | string) => boolean) => void;

/** What is there to be said of an object: the rules of kube-state-metrics for the three types. */
const measureOf = (family: FamilyDeclaration, columns: readonly Column[]): Measure => {
  const objectValues = (object: KubeObject) =>
    columns.map(({ constant, object: path }) => constant ?? (path === undefined ? undefined : text(valueAt(object, path))));
  /** What is measured, before anybody asks for labels: most of what alerts look at is well. */
  const valueIn = (element: unknown): number | string | undefined => {
    if (family.type === "Info") return element === undefined || element === null ? undefined : 1;
    const found = family.valueFrom === undefined ? element : valueAt(element, family.valueFrom);
    if (family.type === "StateSet") return typeof found === "string" ? found : undefined;
    return found === undefined || found === null ? (family.nilIsZero ? 0 : undefined) : gaugeValue(found);
  };
  return (object, emit, wanted) => {
    const target = family.path === undefined ? object : valueAt(object, family.path);
    let fixed: readonly (string | undefined)[] | undefined;
    const one = (element: unknown): void => {
      const value = valueIn(element);
      if (value === undefined || (wanted !== undefined && !wanted(value))) return;
      fixed ??= objectValues(object);
      const values = [...fixed];
      let own = false;
      for (const [index, column] of columns.entries()) {
        const mine = column.element === undefined ? undefined : text(valueAt(element, column.element));
        if (mine === undefined) continue;
        values[index] = mine;
        own = true;
      }
      // An Info that has no label of its own says nothing.
      if (family.type !== "Info" || own) emit(values, value);
    };
    if (Array.isArray(target)) for (const element of target) one(element);
    else one(target);
  };
};

const samplesOf = (
  family: FamilyDeclaration,
  columns: readonly Column[],
  {
    values,
    value,
    states,
  }: {
    readonly values: readonly (string | undefined)[];
    readonly value: number | string;
    readonly states: readonly string[] | undefined;
  },
): readonly Sample[] => {
  const labels = (state?: string) =>
    columns.flatMap(({ name, state: isState }, index): Label[] => {
      const content = isState === true ? state : values[index];
      return content === undefined ? [] : [[name, content]];
    });
  if (family.type !== "StateSet") return [{ labels: labels(), value: value as number }];
  const wanted = states === undefined ? family.states : family.states.filter((state) => states.includes(state));
  return wanted.map((state) => ({ labels: labels(state), value: state === value ? 1 : 0 }));
};

/** The same as text. Two million lines a scrape are made here: what is the same in all states of a set is joined once. */
const linesOf = (
  name: string,
  family: FamilyDeclaration,
  columns: readonly Column[],
  measure: Measure,
): FamilyReader["lines"] => {
  const openings = columns.map((column) => `,${column.name}="`);
  const stateAt = columns.findIndex(({ state }) => state === true);
  const joined = (values: readonly (string | undefined)[], from: number, to: number): string => {
    let all = "";
    for (let index = from; index < to; index += 1) {
      const value = values[index];
      if (value !== undefined) all += `${openings[index]}${escapeValue(value)}"`;
    }
    return all;
  };
  const line = (labels: string, value: string) => `${name}{${labels.slice(1)}} ${value}\n`;
  if (family.type !== "StateSet") {
    return (object) => {
      let all = "";
      measure(object, (values, value) => {
        all += line(joined(values, 0, columns.length), formatValue(value as number));
      });
      return all;
    };
  }
  const states = family.states.map((state) => ({ state, text: `${openings[stateAt]}${escapeValue(state)}"` }));
  return (object) => {
    let all = "";
    measure(object, (values, value) => {
      const before = joined(values, 0, stateAt);
      const after = joined(values, stateAt + 1, columns.length);
      for (const { state, text: mine } of states) all += line(`${before}${mine}${after}`, state === value ? "1" : "0");
    });
    return all;
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
