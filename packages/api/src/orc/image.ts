import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { v1Beta2Condition } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { orcGroup } from "./group.ts";

export const imageSpec = s.object(
  {
    cloudCredentialsRef: required(
      s.object({
        cloudName: required(s.string({ minLength: 1, maxLength: 256 })),
        secretName: required(s.string({ minLength: 1, maxLength: 253 })),
      }),
    ),
    import: s.object(
      {
        filter: s.object(
          {
            name: s.string({ minLength: 1, maxLength: 1000 }),
          },
          { minProperties: 1 },
        ),
        id: s.uuid(),
      },
      { minProperties: 1, maxProperties: 1 },
    ),
    managedOptions: s.object({
      onDelete: s.enum(["delete", "detach"], { default: "delete" }),
    }),
    managementPolicy: s.enum(["managed", "unmanaged"], {
      default: "managed",
      rules: [{ rule: "self == oldSelf", message: "managementPolicy is immutable" }],
    }),
    resource: s.object(
      {
        content: s.object(
          {
            diskFormat: required(s.enum(["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "ploop", "iso"])),
            download: required(
              s.object({
                url: required(s.string({ format: "uri" })),
                decompress: s.enum(["xz", "gz", "bz2"]),
                hash: s.object(
                  {
                    algorithm: required(s.enum(["md5", "sha1", "sha256", "sha512"])),
                    value: required(s.string({ minLength: 1, maxLength: 1024, pattern: "^[0-9a-f]+$" })),
                  },
                  { rules: [{ rule: "self == oldSelf", message: "hash is immutable" }] },
                ),
              }),
            ),
            containerFormat: s.enum(["ami", "ari", "aki", "bare", "ovf", "ova", "docker"], { default: "bare" }),
          },
          { rules: [{ rule: "self == oldSelf", message: "content is immutable" }] },
        ),
        name: s.string({ minLength: 1, maxLength: 1000 }),
        properties: s.object({
          hardware: s.object({
            cdromBus: s.enum(["scsi", "virtio", "uml", "xen", "ide", "usb", "lxc"]),
            cpuCores: s.integer(),
            cpuPolicy: s.enum(["shared", "dedicated"]),
            cpuSockets: s.integer(),
            cpuThreadPolicy: s.enum(["prefer", "isolate", "require"]),
            cpuThreads: s.integer(),
            diskBus: s.enum(["scsi", "virtio", "uml", "xen", "ide", "usb", "lxc"]),
            scsiModel: s.enum(["virtio-scsi"]),
            vifModel: s.enum(["e1000", "e1000e", "ne2k_pci", "pcnet", "rtl8139", "virtio", "vmxnet3"]),
          }),
          minDiskGB: s.integer({ minimum: 1 }),
          minMemoryMB: s.integer({ minimum: 1 }),
        }),
        protected: s.boolean(),
        tags: s.list(s.string({ minLength: 1, maxLength: 255 }), { merge: "set" }),
        visibility: s.enum(["public", "private", "shared", "community"], {
          rules: [{ rule: "self == oldSelf", message: "visibility is immutable" }],
        }),
      },
      {
        rules: [
          { rule: "has(self.name) ? self.name == oldSelf.name : !has(oldSelf.name)", message: "name is immutable" },
          {
            rule: "has(self.protected) ? self.protected == oldSelf.protected : !has(oldSelf.protected)",
            message: "protected is immutable",
          },
          { rule: "has(self.tags) ? self.tags == oldSelf.tags : !has(oldSelf.tags)", message: "tags is immutable" },
          {
            rule: "has(self.visibility) ? self.visibility == oldSelf.visibility : !has(oldSelf.visibility)",
            message: "visibility is immutable",
          },
          {
            rule: "has(self.properties) ? self.properties == oldSelf.properties : !has(oldSelf.properties)",
            message: "properties is immutable",
          },
        ],
      },
    ),
  },
  {
    rules: [
      {
        rule: "self.managementPolicy == 'managed' ? has(self.resource) : true",
        message: "resource must be specified when policy is managed",
      },
      {
        rule: "self.managementPolicy == 'managed' ? !has(self.__import__) : true",
        message: "import may not be specified when policy is managed",
      },
      {
        rule: "self.managementPolicy == 'unmanaged' ? !has(self.resource) : true",
        message: "resource may not be specified when policy is unmanaged",
      },
      {
        rule: "self.managementPolicy == 'unmanaged' ? has(self.__import__) : true",
        message: "import must be specified when policy is unmanaged",
      },
      {
        rule: "has(self.managedOptions) ? self.managementPolicy == 'managed' : true",
        message: "managedOptions may only be provided when policy is managed",
      },
      {
        rule: "!has(self.__import__) ? has(self.resource.content) : true",
        message: "resource content must be specified when not importing",
      },
    ],
  },
);
export type ImageSpec = TypeOf<typeof imageSpec>;

export const imageStatus = s.object({
  conditions: s.list(v1Beta2Condition, { merge: ["type"] }),
  downloadAttempts: s.integer(),
  id: s.string(),
  resource: s.object({
    hash: s.object({
      algorithm: required(s.enum(["md5", "sha1", "sha256", "sha512"])),
      value: required(s.string({ minLength: 1, maxLength: 1024, pattern: "^[0-9a-f]+$" })),
    }),
    sizeB: s.int64(),
    status: s.string(),
    virtualSizeB: s.int64(),
  }),
});
export type ImageStatus = TypeOf<typeof imageStatus>;

export interface Image extends KubeObject {
  readonly spec: ImageSpec;
  readonly status?: ImageStatus;
}

export const Image = defineKind<Image>({
  ...orcGroup,
  kind: "Image",
  plural: "images",
  subresources: { status: true },
  columns: [
    column("ID", ".status.id"),
    column("Available", ".status.conditions[?(@.type=='Available')].status"),
    column("Message", ".status.conditions[?(@.type=='Available')].message"),
    ageColumn,
  ],
  description: "TODO",
  fields: {
    spec: imageSpec,
    status: imageStatus,
  },
});
