import { required, s, type TypeOf } from "../kind/fields.ts";

export const secretSource = s.object({
  secret: required(
    s.object({
      key: required(s.string({ minLength: 1, maxLength: 256 })),
      name: required(s.string({ minLength: 1, maxLength: 253 })),
    }),
  ),
});
export type SecretSource = TypeOf<typeof secretSource>;

export const file = s.object({
  path: required(s.string({ minLength: 1, maxLength: 512 })),
  append: s.boolean(),
  content: s.string({ minLength: 1, maxLength: 10240 }),
  contentFrom: secretSource,
  encoding: s.enum(["base64", "gzip", "gzip+base64"]),
  owner: s.string({ minLength: 1, maxLength: 256 }),
  permissions: s.string({ minLength: 1, maxLength: 16 }),
});
export type File = TypeOf<typeof file>;

export const user = s.object({
  name: required(s.string({ minLength: 1, maxLength: 256 })),
  gecos: s.string({ minLength: 1, maxLength: 256 }),
  groups: s.string({ minLength: 1, maxLength: 256 }),
  homeDir: s.string({ minLength: 1, maxLength: 256 }),
  inactive: s.boolean(),
  lockPassword: s.boolean(),
  passwd: s.string({ minLength: 1, maxLength: 256 }),
  passwdFrom: secretSource,
  primaryGroup: s.string({ minLength: 1, maxLength: 256 }),
  shell: s.string({ minLength: 1, maxLength: 256 }),
  sshAuthorizedKeys: s.list(s.string({ minLength: 1, maxLength: 2048 }), { maxItems: 100 }),
  sudo: s.string({ minLength: 1, maxLength: 256 }),
});
export type User = TypeOf<typeof user>;

export const partition = s.object({
  device: required(s.string({ minLength: 1, maxLength: 256 })),
  layout: required(s.boolean()),
  overwrite: s.boolean(),
  tableType: s.enum(["mbr", "gpt"]),
});
export type Partition = TypeOf<typeof partition>;

export const filesystem = s.object({
  device: required(s.string({ minLength: 1, maxLength: 256 })),
  filesystem: required(s.string({ minLength: 1, maxLength: 128 })),
  extraOpts: s.list(s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  label: s.string({ minLength: 1, maxLength: 512 }),
  overwrite: s.boolean(),
  partition: s.string({ minLength: 1, maxLength: 128 }),
  replaceFS: s.string({ minLength: 1, maxLength: 128 }),
});
export type Filesystem = TypeOf<typeof filesystem>;

export const diskSetup = s.object({
  filesystems: s.list(filesystem, { maxItems: 100 }),
  partitions: s.list(partition, { maxItems: 100 }),
});
export type DiskSetup = TypeOf<typeof diskSetup>;

export const ntp = s.object({
  enabled: s.boolean(),
  servers: s.list(s.string({ minLength: 1, maxLength: 512 }), { maxItems: 100 }),
});
export type Ntp = TypeOf<typeof ntp>;

export const ignition = s.object({
  containerLinuxConfig: s.object({
    additionalConfig: s.string({ minLength: 1, maxLength: 32768 }),
    strict: s.boolean(),
  }),
});
export type Ignition = TypeOf<typeof ignition>;

export const commands = s.list(s.string({ minLength: 1, maxLength: 10240 }), { maxItems: 1000 });
