/** JSON whose whole numbers are 64 bits wide, as Kubernetes' are. */

export { parseJson } from "./parse.ts";
export { isWhole, jsonText } from "./text.ts";
