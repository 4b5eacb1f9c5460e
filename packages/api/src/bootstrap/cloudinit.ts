import { required, s, type TypeOf } from "../kind/fields.ts";
import { asGiven } from "../kind/writing.ts";

export const secretSource = s.object("Content from a Secret", {
  secret: required(
    s.object("A key of a Secret", {
      key: required(s.string("The key", { minLength: 1, maxLength: 256 })),
      name: required(s.string("Name of the Secret", { minLength: 1, maxLength: 253 })),
    }),
  ),
});
export type SecretSource = TypeOf<typeof secretSource>;

export const file = s.object("A file that is written to the machine", {
  path: required(s.string("Where", { minLength: 1, maxLength: 512 })),
  append: s.boolean("Added to what is there"),
  content: s.string("What", { minLength: 1, maxLength: 10240 }),
  contentFrom: s.described("What, from elsewhere", secretSource),
  encoding: s.enum("How the content is encoded", ["base64", "gzip", "gzip+base64"]),
  owner: s.string("user:group", { minLength: 1, maxLength: 256 }),
  permissions: s.string("As chmod takes them", { minLength: 1, maxLength: 16 }),
});
export type File = TypeOf<typeof file>;

export const user = s.object("A user of the machine", {
  name: required(s.string("Login name", { minLength: 1, maxLength: 256 })),
  gecos: asGiven(s.string("Full name", { minLength: 1, maxLength: 256 })),
  groups: asGiven(s.string("More groups, with commas", { minLength: 1, maxLength: 256 })),
  homeDir: asGiven(s.string("Home directory", { minLength: 1, maxLength: 256 })),
  inactive: asGiven(s.boolean("Made, but may not log in")),
  lockPassword: asGiven(s.boolean("No login by password")),
  passwd: asGiven(s.string("Hash of the password", { minLength: 1, maxLength: 256 })),
  passwdFrom: s.described("Hash of the password, from elsewhere", secretSource),
  primaryGroup: asGiven(s.string("First group", { minLength: 1, maxLength: 256 })),
  shell: asGiven(s.string("Login shell", { minLength: 1, maxLength: 256 })),
  sshAuthorizedKeys: s.list("Keys that may log in", s.string({ minLength: 1, maxLength: 2048 }), { maxItems: 100 }),
  sudo: asGiven(s.string("Rule for sudo", { minLength: 1, maxLength: 256 })),
});
export type User = TypeOf<typeof user>;

export const partition = s.object("A partition to make", {
  device: required(s.string("Disk", { minLength: 1, maxLength: 256 })),
  layout: required(s.boolean("One partition over the whole disk")),
  overwrite: asGiven(s.boolean("Even if there is one")),
  tableType: asGiven(s.enum("mbr or gpt", ["mbr", "gpt"])),
});
export type Partition = TypeOf<typeof partition>;

export const filesystem = s.object("A file system to make", {
  device: required(s.string("Disk or partition", { minLength: 1, maxLength: 256 })),
  filesystem: required(s.string("Its type", { minLength: 1, maxLength: 128 })),
  extraOpts: s.list("More arguments of mkfs", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  label: s.string("Its label", { minLength: 1, maxLength: 512 }),
  overwrite: asGiven(s.boolean("Even if there is one")),
  partition: asGiven(s.string("Which partition, or how to choose one", { minLength: 1, maxLength: 128 })),
  replaceFS: asGiven(s.string("Type of file system that may be replaced", { minLength: 1, maxLength: 128 })),
});
export type Filesystem = TypeOf<typeof filesystem>;

export const diskSetup = s.object("Disks of the machine", {
  filesystems: s.list("File systems to make", filesystem, { maxItems: 100 }),
  partitions: s.list("Partitions to make", partition, { maxItems: 100 }),
});
export type DiskSetup = TypeOf<typeof diskSetup>;

export const ntp = s.object("Where the machine gets the time", {
  enabled: asGiven(s.boolean("Whether it does")),
  servers: s.list("Time servers", s.string({ minLength: 1, maxLength: 512 }), { maxItems: 100 }),
});
export type Ntp = TypeOf<typeof ntp>;

export const ignition = s.object("Only for the format ignition", {
  containerLinuxConfig: s.object("More of the machine's configuration", {
    additionalConfig: s.string("Merged with ours", { minLength: 1, maxLength: 32768 }),
    strict: s.boolean("Warnings are errors"),
  }),
});
export type Ignition = TypeOf<typeof ignition>;

export const commands = s.list("Shell commands", s.string({ minLength: 1, maxLength: 10240 }), { maxItems: 1000 });
