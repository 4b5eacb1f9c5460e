import type { WriteFile } from "./cloudinit/parse.ts";

/** A guest's files, as far as cloud-init and kubeadm write and read them. */
export interface Disk {
  read(path: string): string | undefined;
  write(file: WriteFile): void;
  writeText(path: string, content: string, append: boolean): void;
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
    paths: () => [...files.keys()],
  };
};
