import { required, s, type TypeOf } from "../kind/fields.ts";
import { resolvedPort } from "./ports.ts";

export const volumeAvailabilityZone = s.object(
  {
    from: s.enum(["Name", "Machine"], { default: "Name" }),
    name: s.string({ minLength: 1, pattern: "^[^ ]+$" }),
  },
  {
    rules: [
      {
        rule: "!has(self.from) || self.from == 'Name' ? has(self.name) : !has(self.name)",
        message: "name is required when from is 'Name' or default",
      },
    ],
  },
);
export type VolumeAvailabilityZone = TypeOf<typeof volumeAvailabilityZone>;

export const rootVolume = s.object({
  sizeGiB: required(s.integer({ minimum: 1 })),
  availabilityZone: volumeAvailabilityZone,
  type: s.string(),
});
export type RootVolume = TypeOf<typeof rootVolume>;

export const additionalBlockDevice = s.object({
  name: required(s.string()),
  sizeGiB: required(s.integer({ minimum: 1 })),
  storage: required(
    s.object({
      type: required(s.string()),
      volume: s.object({
        availabilityZone: volumeAvailabilityZone,
        type: s.string(),
      }),
    }),
  ),
});
export type AdditionalBlockDevice = TypeOf<typeof additionalBlockDevice>;

export const additionalBlockDevices = s.list(additionalBlockDevice, { merge: ["name"] });

export const serverMetadata = s.list(
  s.object({
    key: required(s.string({ maxLength: 255 })),
    value: required(s.string({ maxLength: 255 })),
  }),
  { merge: ["key"] },
);

export const schedulerHint = s.object({
  name: required(s.string({ minLength: 1 })),
  value: required(
    s.object(
      {
        type: required(s.enum(["Bool", "String", "Number"])),
        bool: s.boolean(),
        number: s.integer(),
        string: s.string({ minLength: 1, maxLength: 255 }),
      },
      {
        rules: [
          {
            rule: "has(self.type) && self.type == 'Bool' ? has(self.bool) : !has(self.bool)",
            message: "bool is required when type is Bool, and forbidden otherwise",
          },
          {
            rule: "has(self.type) && self.type == 'Number' ? has(self.number) : !has(self.number)",
            message: "number is required when type is Number, and forbidden otherwise",
          },
          {
            rule: "has(self.type) && self.type == 'String' ? has(self.string) : !has(self.string)",
            message: "string is required when type is String, and forbidden otherwise",
          },
        ],
      },
    ),
  ),
});
export type SchedulerHint = TypeOf<typeof schedulerHint>;

export const schedulerHints = s.list(schedulerHint, { merge: ["name"] });

export const serverAddress = s.object({
  address: required(s.string()),
  type: required(s.string()),
});
export type ServerAddress = TypeOf<typeof serverAddress>;

export const resolvedServer = s.object({
  flavorID: s.string(),
  imageID: s.string(),
  ports: s.list(resolvedPort),
  serverGroupID: s.string(),
});
export type ResolvedServer = TypeOf<typeof resolvedServer>;

export const serverResources = s.object({
  ports: s.list(
    s.object({
      id: required(s.string()),
    }),
  ),
});
export type ServerResources = TypeOf<typeof serverResources>;
