import { CloudInitError, type WriteFile } from "../cloudinit/parse.ts";

/** An Ignition configuration, as far as a Kubernetes node uses it: files, and units that run something at boot. */
export interface IgnitionConfig {
  readonly writeFiles: readonly WriteFile[];
  readonly units: readonly BootUnit[];
}

export interface BootUnit {
  readonly name: string;
  /** The unit runs only while this file is there. */
  readonly whenExists: string | undefined;
  readonly command: string;
}

export const isIgnition = (userData: string): boolean => userData.trimStart().startsWith("{");

/**
 * Reads user data as Ignition 2.x does, which refuses all of it when any of it is wrong.
 *
 * @throws CloudInitError with the line that Ignition would have logged
 */
export const parseIgnition = (userData: string): IgnitionConfig => {
  const document = parseJson(userData);
  const { version } = block(document["ignition"], "ignition");
  if (typeof version !== "string" || !/^2\.[0-3]\.0$/.test(version)) {
    throw new CloudInitError(`failed to parse config: unsupported config version ${JSON.stringify(version ?? "")}`);
  }
  const files = list(block(document["storage"] ?? {}, "storage")["files"], "storage.files");
  const units = list(block(document["systemd"] ?? {}, "systemd")["units"], "systemd.units");
  return {
    writeFiles: files.map((entry, index) => fileOf(block(entry, `storage.files.${index}`), `storage.files.${index}`)),
    units: units.flatMap((entry, index) => unitOf(block(entry, `systemd.units.${index}`))),
  };
};

type Plain = { readonly [name: string]: unknown };

const parseJson = (text: string): Plain => {
  try {
    return block(JSON.parse(text), "config");
  } catch (error) {
    if (error instanceof CloudInitError) throw error;
    throw new CloudInitError(`failed to parse config: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const block = (value: unknown, path: string): Plain => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Plain;
  throw new CloudInitError(`failed to parse config: ${path} is not an object`);
};

const list = (value: unknown, path: string): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new CloudInitError(`failed to parse config: ${path} is not a list`);
};

const fileOf = (file: Plain, path: string): WriteFile => {
  const { path: where, filesystem, mode, append, contents, user, group } = file;
  if (typeof where !== "string" || !where.startsWith("/")) throw new CloudInitError(`${path}: path not absolute`);
  if (filesystem !== "root") throw new CloudInitError(`${path}: no filesystem with name "${String(filesystem ?? "")}"`);
  const { source = "" } = block(contents ?? {}, `${path}.contents`) as { readonly source?: string };
  const names = [user, group].map((who) => (who === undefined ? "root" : String(block(who, path)["name"] ?? "root")));
  return {
    path: where,
    content: contentOf(source, path),
    permissions: typeof mode === "number" ? mode.toString(8).padStart(4, "0") : "0000",
    owner: names.join(":"),
    append: append === true,
  };
};

const contentOf = (source: string, path: string): Uint8Array => {
  if (source === "") return new Uint8Array();
  const [, coding, data = ""] = /^data:[^,;]*(;base64)?,(.*)$/s.exec(source) ?? [];
  if (!source.startsWith("data:")) throw new CloudInitError(`${path}: ${source.slice(0, 80)} cannot be fetched from here`);
  try {
    if (coding !== undefined) return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const bytes = data.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
  } catch {
    throw new CloudInitError(`${path}: the data URL cannot be read`);
  }
};

/** Nothing starts a unit that is not enabled, and one without a command has nothing to start. */
const unitOf = ({ name, enabled, contents }: Plain): readonly BootUnit[] => {
  const text = typeof contents === "string" ? contents : "";
  const setting = (key: string): string | undefined => new RegExp(`^${key}\\s*=\\s*(.+)$`, "m").exec(text)?.[1]?.trim();
  const command = setting("ExecStart");
  if (enabled !== true || command === undefined || setting("WantedBy") === undefined) return [];
  return [{ name: String(name), whenExists: setting("ConditionPathExists"), command }];
};
