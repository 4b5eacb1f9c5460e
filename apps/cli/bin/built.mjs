import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Starts a built command; says how to build it when nobody has. Any Node must be able to read this file. */
export const startBuilt = async (command) => {
  const built = new URL(`../../../dist/${command}.mjs`, import.meta.url);
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(
      `Slipway needs Node 20.19 or newer; this is ${process.version}. Install a newer Node and run the same command again.`,
    );
    process.exit(3);
  }
  if (!existsSync(fileURLToPath(built))) {
    console.error("Slipway is not built yet. Run ./platform-setup.sh, or npm run build, in the checkout first.");
    process.exit(3);
  }
  await import(built.href);
};
