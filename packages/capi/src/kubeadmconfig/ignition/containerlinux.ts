import { load, YAML11_SCHEMA } from "js-yaml";
import { dataUrlOf, type IgnitionConfig } from "./config.ts";

/**
 * A Container Linux Config, which people write, as the Ignition that machines read. Its sections for etcd, flannel, Docker, locksmith
 * and updates have no meaning on a Kubernetes machine and are refused.
 */
export const transpiled = (text: string): { readonly config: IgnitionConfig; readonly warnings: readonly string[] } => {
  const warnings: string[] = [];
  const document = parsed(text);
  const found = read(root, document, "", warnings) as Omit<IgnitionConfig, "ignition">;
  return { config: { ignition: { version: "2.3.0" }, ...found }, warnings };
};

const parsed = (text: string): unknown => {
  try {
    // 0644 is octal to those who write these files.
    return load(text, { schema: YAML11_SCHEMA }) ?? {};
  } catch (error) {
    throw new Error(`the Container Linux Config is no YAML: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`);
  }
};

/** How a field is read: the name it has in Ignition, and what may stand there. */
type Field =
  | { readonly to?: string; readonly is: "text" | "number" | "boolean" }
  | { readonly to?: string; readonly list: Field }
  | { readonly to?: string; readonly block: Block };

interface Block {
  readonly fields: { readonly [name: string]: Field };
  readonly required?: readonly string[];
  /** What it becomes, and what is doubtful about it. */
  readonly finish?: (made: Plain, path: string, warnings: string[]) => Plain;
}

type Plain = { readonly [name: string]: unknown };

const text = (to?: string): Field => ({ is: "text", ...(to === undefined ? {} : { to }) });
const number = (to?: string): Field => ({ is: "number", ...(to === undefined ? {} : { to }) });
const boolean = (to?: string): Field => ({ is: "boolean", ...(to === undefined ? {} : { to }) });
const list = (item: Field, to?: string): Field => ({ list: item, ...(to === undefined ? {} : { to }) });
const block = (fields: Block["fields"], more: Omit<Block, "fields"> = {}, to?: string): Field => ({
  block: { fields, ...more },
  ...(to === undefined ? {} : { to }),
});

const owner = block({ id: number(), name: text() });
const node = { filesystem: text(), path: text(), overwrite: boolean(), user: owner, group: owner, mode: number() };
const onRoot = (made: Plain): Plain => ({ filesystem: "root", ...made });

const source = (made: Plain): Plain => {
  const { inline, remote } = made as { readonly inline?: string; readonly remote?: Plain };
  if (inline !== undefined && remote !== undefined) throw new Error("contents are either inline or remote");
  return remote ?? { source: dataUrlOf(inline ?? "") };
};
const verification = block({ hash: block({ function: text(), sum: text() }) }, { finish: (made) => hashed(made) });
const hashed = ({ hash }: Plain): Plain => {
  const { function: name, sum } = (hash ?? {}) as { readonly function?: string; readonly sum?: string };
  return name === undefined ? {} : { hash: `${name}-${sum ?? ""}` };
};
const remote = block({ url: text("source"), compression: text(), verification });
const contents = block({ inline: text(), remote }, { finish: source });

const withMode = (made: Plain, path: string, warnings: string[]): Plain => {
  if (made["mode"] === undefined) warnings.push(`${path}: mode unspecified for file, defaulting to 0000`);
  return { contents: { source: "data:," }, ...onRoot(made) };
};
const withPartitions = (made: Plain, path: string, warnings: string[]): Plain => {
  const partitions = (made["partitions"] ?? []) as readonly { readonly label?: string }[];
  partitions.forEach(({ label = "" }, index) => {
    if (label.includes(":"))
      warnings.push(`${path}.partitions[${index}]: partition label will be truncated to text before the colon`);
  });
  return made;
};

const dropins = list(block({ name: text(), contents: text() }, { required: ["name"] }));
const unit = { name: text(), enable: boolean(), enabled: boolean(), mask: boolean(), contents: text(), dropins };
const partition = block({
  label: text(),
  number: number(),
  size: text(),
  start: text(),
  type_guid: text("typeGuid"),
  guid: text(),
  wipe_partition_entry: boolean("wipePartitionEntry"),
  should_exist: boolean("shouldExist"),
});
const mount = block(
  {
    device: text(),
    format: text(),
    label: text(),
    uuid: text(),
    wipe_filesystem: boolean("wipeFilesystem"),
    options: list(text()),
  },
  { required: ["device", "format"] },
);
const user = block(
  {
    name: text(),
    gecos: text(),
    groups: list(text()),
    home_dir: text("homeDir"),
    password_hash: text("passwordHash"),
    primary_group: text("primaryGroup"),
    shell: text(),
    ssh_authorized_keys: list(text(), "sshAuthorizedKeys"),
    uid: number(),
    system: boolean(),
    no_create_home: boolean("noCreateHome"),
    no_user_group: boolean("noUserGroup"),
    no_log_init: boolean("noLogInit"),
  },
  { required: ["name"] },
);
const group = block(
  { name: text(), gid: number(), password_hash: text("passwordHash"), system: boolean() },
  { required: ["name"] },
);

const root: Block = {
  fields: {
    passwd: block({ users: list(user), groups: list(group) }),
    systemd: block({ units: list(block(unit, { required: ["name"] })) }),
    networkd: block({ units: list(block({ name: text(), contents: text(), dropins }, { required: ["name"] })) }),
    storage: block({
      disks: list(
        block(
          { device: text(), wipe_table: boolean("wipeTable"), partitions: list(partition) },
          { required: ["device"], finish: withPartitions },
        ),
      ),
      raid: list(
        block(
          { name: text(), level: text(), devices: list(text()), spares: number(), options: list(text()) },
          { required: ["name"] },
        ),
      ),
      filesystems: list(block({ name: text(), path: text(), mount })),
      files: list(block({ ...node, append: boolean(), contents }, { required: ["path"], finish: withMode })),
      directories: list(block(node, { required: ["path"], finish: onRoot })),
      links: list(block({ ...node, target: text(), hard: boolean() }, { required: ["path", "target"], finish: onRoot })),
    }),
  },
};

const meaningless = new Set(["etcd", "flannel", "docker", "locksmith", "update"]);

const read = ({ fields, required = [], finish }: Block, value: unknown, path: string, warnings: string[]): Plain => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(path, "a block of fields", value);
  const made = Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): readonly (readonly [string, unknown])[] => {
      const at = path === "" ? name : `${path}.${name}`;
      const field = fields[name];
      if (field === undefined) {
        if (path === "" && meaningless.has(name)) {
          throw new Error(`section ${name} of the Container Linux Config is not supported: write a systemd unit instead`);
        }
        warnings.push(`${at}: Config has unrecognized key: ${name}`);
        return [];
      }
      return inner === null ? [] : [[field.to ?? name, readField(field, inner, at, warnings)]];
    }),
  );
  for (const name of required) {
    if (made[name] === undefined || made[name] === "")
      throw new Error(`${path}.${name} of the Container Linux Config is missing`);
  }
  return finish?.(made, path, warnings) ?? made;
};

const readField = (field: Field, value: unknown, path: string, warnings: string[]): unknown => {
  if ("block" in field) return read(field.block, value, path, warnings);
  if ("list" in field) {
    if (!Array.isArray(value)) throw wrong(path, "a list", value);
    return value.map((item, index) => readField(field.list, item, `${path}[${index}]`, warnings));
  }
  switch (field.is) {
    case "text":
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
      throw wrong(path, "a text", value);
    case "number":
      if (Number.isInteger(value)) return value;
      if (typeof value === "string" && /^0o?[0-7]+$/.test(value)) return Number.parseInt(value.replace(/^0o/, ""), 8);
      throw wrong(path, "a number", value);
    case "boolean":
      if (typeof value === "boolean") return value;
      throw wrong(path, "true or false", value);
  }
};

const wrong = (path: string, wanted: string, found: unknown): Error =>
  new Error(`${path || "the Container Linux Config"} must be ${wanted}, found ${JSON.stringify(found)?.slice(0, 80)}`);
