import type { WriteFile } from "./cloudinit/parse.ts";

/** A guest's files, as far as cloud-init and kubeadm write and read them. */
export interface Disk {
  read(path: string): string | undefined;
  write(file: WriteFile): void;
  writeText(path: string, content: string, append: boolean): void;
  /** Into a directory when `to` ends with a slash. False when there is nothing to move. */
  move(from: string, to: string): boolean;
  paths(): readonly string[];
}

export const createDisk = (): Disk => {
  const files = new Map<string, Uint8Array>();
  const write = (path: string, content: Uint8Array, append: boolean) => {
    const before = append ? (files.get(path) ?? new Uint8Array()) : new Uint8Array();
    const joined = new Uint8Array(before.length + content.length);
    joined.set(before);
    joined.set(content, before.length);
    files.set(path, joined);
  };
  return {
    read: (path) => {
      const content = files.get(path);
      return content === undefined ? undefined : new TextDecoder().decode(content);
    },
    write: (file) => write(file.path, file.content, file.append),
    writeText: (path, content, append) => write(path, new TextEncoder().encode(content), append),
    move: (from, to) => {
      const content = files.get(from);
      if (content === undefined) return false;
      files.delete(from);
      files.set(to.endsWith("/") ? `${to}${from.slice(from.lastIndexOf("/") + 1)}` : to, content);
      return true;
    },
    paths: () => [...files.keys()],
  };
};
