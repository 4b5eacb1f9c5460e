import { lstatSync, rmSync, writeFileSync } from "node:fs";

/** Writes a file that only its owner reads, also where there was another one before. What is no plain file (`/dev/stdout`) is only written to. */
export const writePrivate = (file: string, text: string): void => {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile()) rmSync(file);
  writeFileSync(file, text, { mode: 0o600 });
};
