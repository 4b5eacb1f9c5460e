import type { Answer, Door } from "./doors.ts";
import { type Block, fitting, type Misfit, misfits, readBlocks, type Shape } from "./shapes.ts";

/** Sends every field of a kind through the API, as it should be and as it should not, and says where the answer is another. */

export interface ProbedKind {
  readonly apiVersion: string;
  readonly plural: string;
  /** The least that is accepted. */
  readonly spec: object;
  /** Its defaulting webhook decodes and writes it again: what is missing is there as a zero, and most zeros are left out. */
  readonly rewritten?: true;
}

export interface Knowledge {
  readonly kinds: { readonly [kind: string]: ProbedKind };
  /** What fits where a kind's rules want more than the schema; by `Kind path`, path or name of the field. */
  readonly samples: { readonly [where: string]: unknown };
  /** What must stand beside a field for it to be right, by `Kind path` or path of the field. */
  readonly beside: { readonly [where: string]: object };
  /** Fields that keep their zeros, by the end of their path. */
  readonly pointers: readonly string[];
  /** Objects in which only one field may stand: whole paths, or ends of paths. */
  readonly alone: readonly string[];
  /** Paths that the kind's rules refuse however they are, with the reason and the field they say. */
  readonly refused: { readonly [where: string]: readonly [reason: string, field: string] };
  /** A kind's path that has the fields of another's. */
  readonly alike: readonly (readonly [prefix: string, of: string])[];
}

type Plain = { readonly [name: string]: unknown };

export const createProbe = (door: Door, known: Knowledge) => {
  const blocks = readBlocks();
  const made = new Map<string, Plain>();

  /** The path itself, and those of other kinds that have the same fields. */
  const alike = (kind: string, path: string): readonly (readonly [kind: string, path: string])[] => [
    [kind, path],
    ...known.alike.flatMap(([prefix, of]) => {
      const full = `${kind} ${path}`;
      if (full !== prefix && !full.startsWith(`${prefix}.`)) return [];
      const [other = "", where = ""] = `${of}${full.slice(prefix.length)}`.split(" ");
      return alike(other, where);
    }),
  ];
  const blockAt = (kind: string, path: string): Block | undefined => {
    for (const [other, where] of alike(kind, path)) {
      const found = blocks.find((block) => block.kind === other && block.path === where);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const lookup = <T>(of: { readonly [where: string]: T }, kind: string, path: string): T | undefined => {
    for (const [other, where] of alike(kind, path)) {
      const found = of[`${other} ${where}`] ?? of[where];
      if (found !== undefined) return found;
    }
    return of[/\w+$/.exec(path)?.[0] ?? ""];
  };

  /** The least that an object at this path must say. */
  const least = (kind: string, path: string): Plain => {
    const sample = lookup(known.samples, kind, path);
    if (sample !== undefined) return sample as Plain;
    const fields = blockAt(kind, path)?.fields ?? {};
    return Object.fromEntries(
      Object.entries(fields)
        .filter(([, shape]) => shape.required)
        .map(([name, shape]) => [name, fits(kind, joined(path, name), shape)]),
    );
  };
  const fits = (kind: string, path: string, shape: Shape, long = false): unknown => {
    const sample = lookup(known.samples, kind, path);
    if (sample !== undefined && !(long && typeof sample === "string" && shape.words === undefined && /^a+$/.test(sample)))
      return sample;
    if (shape.type === "object") return choice(shape) ? firstOf(kind, path) : least(kind, path);
    if (shape.type === "list" && shape.item?.type === "object") return [oneOf(kind, path)];
    return fitting(shape, long);
  };
  const oneOf = (kind: string, path: string): Plain =>
    isAlone(kind, `${path}[]`) ? firstOf(kind, `${path}[]`) : least(kind, `${path}[]`);
  const firstOf = (kind: string, path: string): Plain => {
    const fields = Object.entries(blockAt(kind, path)?.fields ?? {});
    const [name = "id", shape] = fields.find(([, { format }]) => format === "uuid") ?? fields[0] ?? [];
    return {
      [name]:
        shape === undefined
          ? fitting({ text: "", type: "string", format: "uuid", required: false })
          : fits(kind, joined(path, name), shape),
    };
  };
  const shapeAt = (kind: string, path: string): Shape | undefined => {
    const [, parent = "", name = ""] = /^(?:(.*)\.)?(\w+)$/.exec(path.replace(/(\[\]|\{\})$/, "")) ?? [];
    return blockAt(kind, parent)?.fields[name];
  };

  /** The kind's object with `value` at the path; `undefined` leaves the field out. */
  const build = (kind: string, path: string, value: unknown): Plain => {
    const put = (at: string, steps: readonly string[]): unknown => {
      const [step, ...more] = steps;
      if (step === undefined) return value;
      if (step === "[]") return [put(`${at}[]`, more)];
      if (step === "{}") return { k: put(`${at}{}`, more) };
      const next = joined(at, step);
      const single = at !== "" && isAlone(kind, at);
      const around = at === "" ? base(kind) : single ? {} : { ...least(kind, at), ...lookup(known.beside, kind, next) };
      const { [step]: _own, ...others } = around as Plain;
      const inner = put(next, more);
      return inner === undefined ? others : { ...others, [step]: inner };
    };
    return put("", path.split(/\.|(?=\[\])|(?=\{\})/)) as Plain;
  };
  /** Objects that say one thing only. */
  const isAlone = (kind: string, at: string): boolean =>
    known.alone.some((path) => at === path || (at.startsWith("spec.") && at.endsWith(path))) || choice(shapeAt(kind, at));
  const base = (kind: string): Plain => {
    const { apiVersion, spec } = kindOf(kind);
    return { apiVersion, kind, metadata: { name: "probe" }, spec };
  };
  const kindOf = (kind: string): ProbedKind => {
    const found = known.kinds[kind];
    if (found === undefined) throw new Error(`nothing is known of ${kind}`);
    return found;
  };

  const send = async (kind: string, object: Plain): Promise<Answer> => {
    const { apiVersion, plural } = kindOf(kind);
    const path = `/apis/${apiVersion}/namespaces/default/${plural}`;
    const query = "?dryRun=All&fieldValidation=Strict";
    const { status, ...rest } = object;
    if (status === undefined) return door.call("POST", `${path}${query}`, rest);
    let live = made.get(kind);
    if (live === undefined) {
      const answer = await door.call("POST", path, { ...base(kind), metadata: { name: `of-${plural}` } });
      if (answer.status !== 201) throw new Error(`${kind}: ${answer.body.message}`);
      live = answer.body as Plain;
      made.set(kind, live);
    }
    return door.call("PUT", `${path}/of-${plural}/status${query}`, { ...live, status });
  };

  const found = (answer: Answer): readonly string[] =>
    answer.status < 300
      ? ["accepted"]
      : (answer.body.details?.causes ?? [{ reason: answer.body.reason, field: answer.body.message }]).map(
          ({ reason, field }: { reason: string; field: string }) => `${reason} ${field}`,
        );
  const judge = async (what: string, kind: string, object: Plain, expected: string): Promise<readonly string[]> => {
    const answer = await send(kind, object);
    const said = found(answer);
    // Defaulting reads some blocks before the schema judges them, and refuses another type as decoding would.
    const undecodable = `${expected.replace("FieldValueTypeInvalid ", "")} must be an object, found "x"`;
    return said.includes(expected) || said[0]?.endsWith(undecodable)
      ? []
      : [`${what}: expected ${expected}, found ${said.join(", ")}`];
  };

  const refusal = (kind: string, path: string): string | undefined => {
    for (const [where, [reason, field]] of Object.entries(known.refused)) {
      const full = where.includes(" ") ? `${kind} ${path}` : path;
      if (full === where || full.startsWith(`${where}.`) || full.startsWith(`${where}[`)) return `${reason} ${field}`;
    }
    return undefined;
  };

  const probeField = async (kind: string, path: string, shape: Shape): Promise<readonly string[]> => {
    const wrong: string[] = [];
    const rewritten = kindOf(kind).rewritten === true && path.startsWith("spec");
    const pointer = known.pointers.some((end) => path.endsWith(end));
    const gate = refusal(kind, path);
    for (const long of [false, true]) {
      const value = fits(kind, path, shape, long);
      const what = `${kind} ${path} ${JSON.stringify(value)?.slice(0, 60)}`;
      const answer = await send(kind, build(kind, path, value));
      const expected = gate ?? "accepted";
      if (!found(answer).includes(expected)) wrong.push(`${what}: expected ${expected}, found ${found(answer).join(", ")}`);
      else if (gate === undefined && typeof value !== "object" && valueAt(answer.body, real(path)) !== value) {
        wrong.push(`${what}: came back as ${JSON.stringify(valueAt(answer.body, real(path)))}`);
      }
    }
    const whole: readonly Misfit[] = [...misfits(shape), ...itemMisfits(kind, path, shape)];
    for (const { what, value, reason, at = "" } of whole) {
      const dropped = rewritten && value === "" && at === "" && !shape.required && !pointer;
      const expected = dropped ? (gate ?? "accepted") : `${reason} ${real(path)}${at}`;
      wrong.push(...(await judge(`${kind} ${path} ${what}`, kind, build(kind, path, value), expected)));
    }
    if (shape.preset !== undefined) {
      const answer = await send(kind, build(kind, path, undefined));
      const now = valueAt(answer.body, real(path));
      if (JSON.stringify(now) !== JSON.stringify(shape.preset)) wrong.push(`${kind} ${path}: default is ${JSON.stringify(now)}`);
    } else if (shape.required) {
      const expected = rewritten ? zeroed(shape, real(path), pointer) : `FieldValueRequired ${real(path)}`;
      if (expected !== undefined) {
        wrong.push(...(await judge(`${kind} ${path} missing`, kind, build(kind, path, undefined), gate ?? expected)));
      }
    }
    return wrong;
  };
  const itemMisfits = (kind: string, path: string, { type, item, most, key }: Shape): readonly Misfit[] => {
    if (type !== "list" || item?.type !== "object") return [];
    const one = () => oneOf(kind, path);
    return [
      { what: "an item of another type", value: ["x"], reason: "FieldValueTypeInvalid", at: "[0]" },
      ...(most === undefined
        ? []
        : [{ what: "too many", value: Array.from({ length: most + 1 }, one), reason: "FieldValueTooMany" }]),
      ...(key === undefined ? [] : [{ what: "two of one key", value: [one(), one()], reason: "FieldValueDuplicate", at: "[1]" }]),
    ];
  };

  /** What nobody gave and no default says is not there. */
  const absences = async (kind: string, path: string, fields: Block["fields"]): Promise<readonly string[]> => {
    if (kindOf(kind).rewritten === true && path.startsWith("spec")) return [];
    const given = isAlone(kind, path) ? firstOf(kind, path) : least(kind, path);
    const { body } = await send(kind, build(kind, path, given));
    return Object.entries(fields)
      .filter(([name, { required, preset }]) => !required && preset === undefined && given[name] === undefined)
      .filter(([name]) => valueAt(body, real(joined(path, name))) !== undefined)
      .map(([name]) => `${kind} ${path}.${name} is there though nobody gave it`);
  };

  return {
    /** Where the API's answers differ from what the table says of this row. */
    row: async (id: string): Promise<readonly string[]> => {
      const own = blocks.filter(({ rows, kind }) => rows.includes(id) && known.kinds[kind] !== undefined);
      if (own.length === 0) throw new Error(`the table of fields says nothing of ${id}`);
      const wrong: string[] = [];
      for (const { kind, path, fields } of own) {
        if (path === "") continue;
        const gate = refusal(kind, path);
        const unknown = await send(kind, build(kind, joined(path, "nosuch"), 1));
        const text = `strict decoding error: unknown field "${real(path)}.nosuch"`;
        if (gate === undefined && !String(unknown.body.message).includes(text))
          wrong.push(`${kind} ${path}: an unknown field: ${unknown.body.message}`);
        wrong.push(...(await absences(kind, path, fields)));
        for (const [name, shape] of Object.entries(fields)) wrong.push(...(await probeField(kind, joined(path, name), shape)));
      }
      return wrong;
    },
    send,
    build,
  };
};

/** What a kube-apiserver says of a field that decoding left at its zero. */
const zeroed = (shape: Shape, path: string, pointer: boolean): string | undefined => {
  if (pointer) return `FieldValueTypeInvalid ${path}`;
  switch (shape.type) {
    case "string":
      return (shape.least ?? 0) > 0 ? `FieldValueInvalid ${path}` : "accepted";
    case "list":
      return `FieldValueTypeInvalid ${path}`;
    case "boolean":
      return "accepted";
    default:
      return undefined;
  }
};

const choice = (shape: Shape | undefined): boolean => shape?.type === "object" && shape.least === 1 && shape.most === 1;

const joined = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** As errors name it. */
const real = (path: string): string => path.replaceAll("[]", "[0]").replaceAll("{}", ".k");

const valueAt = (object: unknown, path: string): unknown =>
  path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>((value, step) => (value as Plain | undefined)?.[step], object);
