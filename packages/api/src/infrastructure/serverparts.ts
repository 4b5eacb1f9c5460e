import { required, s, type TypeOf } from "../kind/fields.ts";
import { resolvedPort } from "./ports.ts";

export const volumeAvailabilityZone = s.object(
  "Where a volume is",
  {
    from: s.enum("Name: as named here; Machine: where the server is", ["Name", "Machine"], { default: "Name" }),
    name: s.string("Name of the zone", { minLength: 1, pattern: "^[^ ]+$" }),
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

export const rootVolume = s.object("A volume to start from, instead of the flavor's disk", {
  sizeGiB: required(s.integer("Size in GiB", { minimum: 1 })),
  availabilityZone: volumeAvailabilityZone,
  type: s.string("Volume type"),
});
export type RootVolume = TypeOf<typeof rootVolume>;

export const additionalBlockDevice = s.object("One more disk", {
  name: required(s.string("Name of the disk; root is taken")),
  sizeGiB: required(s.integer("Size in GiB", { minimum: 1 })),
  storage: required(
    s.object("Where the disk is", {
      type: required(s.string("Volume or Local")),
      volume: s.object("For the type Volume", {
        availabilityZone: volumeAvailabilityZone,
        type: s.string("Volume type"),
      }),
    }),
  ),
});
export type AdditionalBlockDevice = TypeOf<typeof additionalBlockDevice>;

export const additionalBlockDevices = s.list("More disks", additionalBlockDevice, { merge: ["name"] });

export const serverMetadata = s.list(
  "Metadata of the server",
  s.object({
    key: required(s.string("Key", { maxLength: 255 })),
    value: required(s.string("Value", { maxLength: 255 })),
  }),
  { merge: ["key"] },
);

export const schedulerHint = s.object("A hint to Nova's scheduler", {
  name: required(s.string("Name of the hint", { minLength: 1 })),
  value: required(
    s.object(
      "Its value",
      {
        type: required(s.enum("Which of the others is set", ["Bool", "String", "Number"])),
        bool: s.boolean("A truth value"),
        number: s.integer("A number"),
        string: s.string("A text", { minLength: 1, maxLength: 255 }),
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

export const schedulerHints = s.list("Hints to Nova's scheduler", schedulerHint, { merge: ["name"] });

export const serverAddress = s.object("An address of the server", {
  address: required(s.string("Name or address")),
  type: required(s.string("What kind of address")),
});
export type ServerAddress = TypeOf<typeof serverAddress>;

export const resolvedServer = s.object("What the spec's references were found to be", {
  flavorID: s.string("Id of the flavor"),
  imageID: s.string("Id of the image"),
  ports: s.list("Its ports", resolvedPort),
  serverGroupID: s.string("Id of the server group"),
});
export type ResolvedServer = TypeOf<typeof resolvedServer>;

export const serverResources = s.object("What was made for it", {
  ports: s.list(
    "Ports",
    s.object({
      id: required(s.string("Id of the port")),
    }),
  ),
});
export type ServerResources = TypeOf<typeof serverResources>;
