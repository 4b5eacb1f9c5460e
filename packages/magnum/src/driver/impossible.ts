import type { MagnumNodeGroup } from "@slipway/api";
import { isSubdomain } from "./names.ts";

/** What the API let pass because it cannot know, or does not look. */
export const impossible = (group: MagnumNodeGroup): string | undefined => {
  if (group.imageUuid === undefined) return `Unable to find image ${group.imageId ?? ""}.`;
  if (group.flavorName === undefined) return `Unable to find flavor ${group.flavorId ?? ""}.`;
  if (!isSubdomain(group.name))
    return `Node group name ${group.name} is not usable: use lower-case letters, digits, dots and hyphens, a letter or digit at both ends.`;
  return undefined;
};
