import type { KubeadmConfigSpec } from "../spec.ts";
import { appended } from "./config.ts";
import { transpiled } from "./containerlinux.ts";
import { generatedIgnition, type IgnitionInput } from "./generated.ts";

/** All that a new machine is told, as one Ignition document. What the user adds comes last, and so overrules. */
export const ignitionDocument = (
  input: IgnitionInput,
  more: KubeadmConfigSpec["ignition"],
): { readonly text: string; readonly warnings: readonly string[] } => {
  const own = generatedIgnition(input);
  const { additionalConfig = "", strict = false } = more?.containerLinuxConfig ?? {};
  if (additionalConfig === "") return { text: JSON.stringify(own), warnings: [] };
  const { config, warnings } = transpiled(additionalConfig);
  if (strict && warnings.length > 0) {
    throw new Error(`ignition.containerLinuxConfig.additionalConfig is strict, and has warnings: ${warnings.join("; ")}`);
  }
  return { text: JSON.stringify(appended(own, config)), warnings };
};
