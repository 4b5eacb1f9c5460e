import { required, s, type TypeOf } from "../kind/fields.ts";

export const taint = s.object({
  effect: required(s.string()),
  key: required(s.string()),
  timeAdded: s.time(),
  value: s.string(),
});
export type Taint = TypeOf<typeof taint>;

export const nodeRegistration = s.object({
  criSocket: s.string({ minLength: 1, maxLength: 512 }),
  ignorePreflightErrors: s.list(s.string({ minLength: 1, maxLength: 512 }), { maxItems: 50 }),
  imagePullPolicy: s.enum(["Always", "IfNotPresent", "Never"]),
  imagePullSerial: s.boolean(),
  kubeletExtraArgs: s.map(s.string()),
  name: s.string({ minLength: 1, maxLength: 253 }),
  taints: s.list(taint, { maxItems: 100 }),
});
export type NodeRegistration = TypeOf<typeof nodeRegistration>;

export const localAPIEndpoint = s.object({
  advertiseAddress: s.string({ minLength: 1, maxLength: 39 }),
  bindPort: s.int32(),
});
export type LocalApiEndpoint = TypeOf<typeof localAPIEndpoint>;

export const skipPhases = s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 50 });

export const patches = s.object({
  directory: s.string({ minLength: 1, maxLength: 512 }),
});
export type Patches = TypeOf<typeof patches>;
