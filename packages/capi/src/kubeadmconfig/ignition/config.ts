/** Ignition's configuration, specification 2.3.0, as far as a Kubernetes machine needs it. */

export interface IgnitionConfig {
  readonly ignition: { readonly version: "2.3.0" };
  readonly passwd?: { readonly users?: readonly PasswdUser[]; readonly groups?: readonly PasswdGroup[] };
  readonly storage?: {
    readonly disks?: readonly Disk[];
    readonly raid?: readonly object[];
    readonly filesystems?: readonly Filesystem[];
    readonly files?: readonly IgnitionFile[];
    readonly directories?: readonly FileNode[];
    readonly links?: readonly (FileNode & { readonly target: string; readonly hard?: boolean })[];
  };
  readonly systemd?: { readonly units?: readonly Unit[] };
  readonly networkd?: { readonly units?: readonly NetworkUnit[] };
}

export interface PasswdUser {
  readonly name: string;
  readonly gecos?: string;
  readonly groups?: readonly string[];
  readonly homeDir?: string;
  readonly passwordHash?: string;
  readonly primaryGroup?: string;
  readonly shell?: string;
  readonly sshAuthorizedKeys?: readonly string[];
  readonly uid?: number;
  readonly system?: boolean;
  readonly noCreateHome?: boolean;
  readonly noUserGroup?: boolean;
  readonly noLogInit?: boolean;
}

export interface PasswdGroup {
  readonly name: string;
  readonly gid?: number;
  readonly passwordHash?: string;
  readonly system?: boolean;
}

export interface Disk {
  readonly device: string;
  readonly wipeTable?: boolean;
  readonly partitions?: readonly object[];
}

export interface Filesystem {
  readonly name?: string;
  readonly path?: string;
  readonly mount?: {
    readonly device: string;
    readonly format: string;
    readonly label?: string;
    readonly uuid?: string;
    readonly wipeFilesystem?: boolean;
    readonly options?: readonly string[];
  };
}

export interface FileNode {
  readonly filesystem: string;
  readonly path: string;
  readonly overwrite?: boolean;
  readonly user?: { readonly id?: number; readonly name?: string };
  readonly group?: { readonly id?: number; readonly name?: string };
  readonly mode?: number;
}

export interface IgnitionFile extends FileNode {
  readonly append?: boolean;
  readonly contents: {
    readonly source?: string;
    readonly compression?: string;
    readonly verification?: { readonly hash?: string };
  };
}

export interface Unit {
  readonly name: string;
  readonly enabled?: boolean;
  readonly enable?: boolean;
  readonly mask?: boolean;
  readonly contents?: string;
  readonly dropins?: readonly { readonly name: string; readonly contents?: string }[];
}

export interface NetworkUnit {
  readonly name: string;
  readonly contents?: string;
  readonly dropins?: readonly { readonly name: string; readonly contents?: string }[];
}

/** Ignition's own way: lists grow, and whatever else the second one says counts. */
export const appended = (first: IgnitionConfig, second: IgnitionConfig): IgnitionConfig =>
  merged(first, second) as unknown as IgnitionConfig;

const merged = (first: unknown, second: unknown): unknown => {
  if (second === undefined) return first;
  if (Array.isArray(first) && Array.isArray(second)) return [...first, ...second];
  if (!isBlock(first) || !isBlock(second)) return second;
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(names.map((name) => [name, merged(first[name], second[name])]));
};

const isBlock = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `data:,` and the bytes, escaped as far as a URL asks for it. */
export const dataUrl = (bytes: Uint8Array): string => {
  let text = "data:,";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9\-_.!~*'()]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
};

export const dataUrlOf = (text: string): string => dataUrl(new TextEncoder().encode(text));
