import { required, s, type TypeOf } from "../kind/fields.ts";
import { localAPIEndpoint, nodeRegistration, patches, skipPhases } from "./noderegistration.ts";

export const bootstrapToken = s.object({
  token: required(s.string()),
  description: s.string({ minLength: 1, maxLength: 512 }),
  expires: s.time(),
  groups: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  ttl: s.duration(),
  usages: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
});
export type BootstrapToken = TypeOf<typeof bootstrapToken>;

export const initConfiguration = s.object({
  apiVersion: s.string(),
  bootstrapTokens: s.list(bootstrapToken, { maxItems: 100 }),
  kind: s.string(),
  localAPIEndpoint: localAPIEndpoint,
  nodeRegistration: nodeRegistration,
  patches: patches,
  skipPhases: skipPhases,
});
export type InitConfiguration = TypeOf<typeof initConfiguration>;
