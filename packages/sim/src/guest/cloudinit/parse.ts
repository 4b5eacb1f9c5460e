import { load } from "js-yaml";
import { renderJinja } from "./jinja.ts";

/** What cloud-init needs to know of the server it runs on: the values that a `## template: jinja` document may name. */
export interface InstanceData {
  readonly instanceId: string;
  readonly localHostname: string;
  readonly availabilityZone: string;
  readonly metadata: { readonly [key: string]: string };
}

export interface WriteFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly permissions: string;
  readonly owner: string;
  readonly append: boolean;
}

/** A `#cloud-config` document, as far as a Kubernetes node uses it. */
export interface CloudConfig {
  readonly writeFiles: readonly WriteFile[];
  readonly bootCommands: readonly string[];
  readonly runCommands: readonly string[];
}

/** cloud-init would not have run this document, or not all of it. The text is what the console log shows. */
export class CloudInitError extends Error {
  override readonly name = "CloudInitError";
}

/**
 * Reads user data as cloud-init does: the `#cloud-config` header decides, an optional `## template: jinja` line before it turns
 * templating on, the rest is YAML. What cloud-init's schema refuses in the sections that matter here is refused.
 *
 * @throws CloudInitError with the line that cloud-init would have logged
 */
export const parseUserData = async (userData: string, instance: InstanceData): Promise<CloudConfig> => {
  if (userData.trim() === "") throw new CloudInitError("no user data: nothing to run");
  const templated = /^##\s*template:\s*jinja/i.test(userData);
  const text = templated ? renderJinja(userData.slice(userData.indexOf("\n") + 1), jinjaValues(instance)) : userData;
  if (!/^#cloud-config\s*$/m.test(text.split("\n", 1)[0] ?? "")) {
    throw new CloudInitError(`unhandled non-multipart userdata starting '${text.slice(0, 40).replaceAll("\n", "\\n")}'`);
  }
  const document = parseYaml(text);
  if (document === null || typeof document !== "object" || Array.isArray(document)) {
    throw new CloudInitError("cloud-config is not a mapping");
  }
  const config = document as { readonly [key: string]: unknown };
  const writeFiles: WriteFile[] = [];
  for (const [index, entry] of listOf(config["write_files"], "write_files").entries()) {
    writeFiles.push(await writeFileOf(entry, `write_files.${index}`));
  }
  return {
    writeFiles,
    bootCommands: listOf(config["bootcmd"], "bootcmd").map((entry, index) => commandOf(entry, `bootcmd.${index}`)),
    runCommands: listOf(config["runcmd"], "runcmd").map((entry, index) => commandOf(entry, `runcmd.${index}`)),
  };
};

const parseYaml = (text: string): unknown => {
  try {
    return load(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new CloudInitError(`failed to load cloud-config: ${reason}`);
  }
};

const jinjaValues = (instance: InstanceData) => {
  const v1 = {
    instance_id: instance.instanceId,
    local_hostname: instance.localHostname,
    availability_zone: instance.availabilityZone,
    cloud_name: "openstack",
    platform: "openstack",
    distro: "ubuntu",
  };
  const metaData = {
    ...v1,
    hostname: instance.localHostname,
    name: instance.localHostname,
    uuid: instance.instanceId,
    meta: instance.metadata,
  };
  return { ...v1, v1, ds: { meta_data: metaData } };
};

const listOf = (value: unknown, field: string): readonly unknown[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    throw new CloudInitError(`cloud-config schema: ${field}: ${JSON.stringify(value)} is not of type 'array'`);
  return value;
};

/** cloud-init runs a string through the shell and a list as one command with arguments. */
const commandOf = (entry: unknown, field: string): string => {
  if (typeof entry === "string") return entry;
  if (Array.isArray(entry) && entry.every((part) => typeof part === "string" || typeof part === "number")) return entry.join(" ");
  throw new CloudInitError(`cloud-config schema: ${field}: ${JSON.stringify(entry)} is not valid under any of the given schemas`);
};

const writeFileOf = async (entry: unknown, field: string): Promise<WriteFile> => {
  if (entry === null || typeof entry !== "object")
    throw new CloudInitError(`cloud-config schema: ${field}: not of type 'object'`);
  const file = entry as { readonly [key: string]: unknown };
  const text = (key: string, fallback: string): string => {
    const value = file[key];
    if (value === undefined) return fallback;
    if (typeof value !== "string")
      throw new CloudInitError(`cloud-config schema: ${field}.${key}: ${JSON.stringify(value)} is not of type 'string'`);
    return value;
  };
  const path = text("path", "");
  if (path === "") throw new CloudInitError(`cloud-config schema: ${field}: 'path' is a required property`);
  return {
    path,
    content: await decode(text("content", ""), text("encoding", "text/plain"), field),
    permissions: text("permissions", "0644"),
    owner: text("owner", "root:root"),
    append: file["append"] === true,
  };
};

const decode = async (content: string, encoding: string, field: string): Promise<Uint8Array> => {
  switch (encoding.toLowerCase()) {
    case "text/plain":
      return new TextEncoder().encode(content);
    case "b64":
    case "base64":
      return fromBase64(content, field);
    case "gz":
    case "gzip":
      return gunzip(new TextEncoder().encode(content), field);
    case "gz+b64":
    case "gzip+b64":
    case "gz+base64":
    case "gzip+base64":
      return gunzip(fromBase64(content, field), field);
    default:
      throw new CloudInitError(
        `cloud-config schema: ${field}.encoding: '${encoding}' is not one of the encodings cloud-init knows`,
      );
  }
};

const fromBase64 = (text: string, field: string): Uint8Array => {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    throw new CloudInitError(`${field}: content is not base64`);
  }
};

const gunzip = async (bytes: Uint8Array, field: string): Promise<Uint8Array> => {
  try {
    const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new CloudInitError(`${field}: content is not gzip`);
  }
};
