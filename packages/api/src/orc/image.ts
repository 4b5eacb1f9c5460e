import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { v1Beta2Condition } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { orcGroup } from "./group.ts";

export const imageSpec = s.object(
  "What the image should be",
  {
    cloudCredentialsRef: required(
      s.object("Credentials for the cloud", {
        cloudName: required(s.string("Which cloud of the Secret's clouds.yaml", { minLength: 1, maxLength: 256 })),
        secretName: required(s.string("Name of the Secret", { minLength: 1, maxLength: 253 })),
      }),
    ),
    import: s.object(
      "An image that is there already",
      {
        filter: s.object(
          "What it must be like; it must be the only one",
          {
            name: s.string("Name", { minLength: 1, maxLength: 1000 }),
          },
          { minProperties: 1 },
        ),
        id: s.uuid("Id"),
      },
      { minProperties: 1, maxProperties: 1 },
    ),
    managedOptions: s.object("Only for the policy managed", {
      onDelete: s.enum("What becomes of the image with the object: delete or detach", ["delete", "detach"], {
        default: "delete",
      }),
    }),
    managementPolicy: s.enum("managed: made here; unmanaged: only looked at", ["managed", "unmanaged"], {
      default: "managed",
      rules: [{ rule: "self == oldSelf", message: "managementPolicy is immutable" }],
    }),
    resource: s.object(
      "The image to make",
      {
        content: s.object(
          "What is in it",
          {
            diskFormat: required(
              s.enum("Format of the disk", ["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "ploop", "iso"]),
            ),
            download: required(
              s.object("Where it is downloaded", {
                url: required(s.string("From where", { format: "uri" })),
                decompress: s.enum("How it is compressed", ["xz", "gz", "bz2"]),
                hash: s.object(
                  "What it must hash to",
                  {
                    algorithm: required(s.enum("Hash function", ["md5", "sha1", "sha256", "sha512"])),
                    value: required(s.string("The hash, in hex", { minLength: 1, maxLength: 1024, pattern: "^[0-9a-f]+$" })),
                  },
                  { rules: [{ rule: "self == oldSelf", message: "hash is immutable" }] },
                ),
              }),
            ),
            containerFormat: s.enum("Format around the disk", ["ami", "ari", "aki", "bare", "ovf", "ova", "docker"], {
              default: "bare",
            }),
          },
          { rules: [{ rule: "self == oldSelf", message: "content is immutable" }] },
        ),
        name: s.string("Name", { minLength: 1, maxLength: 1000 }),
        properties: s.object("Properties of the image", {
          hardware: s.object("Hardware that its servers get", {
            cdromBus: s.enum("Bus of CD drives", ["scsi", "virtio", "uml", "xen", "ide", "usb", "lxc"]),
            cpuCores: s.integer("Cores a socket"),
            cpuPolicy: s.enum("Whether CPUs are shared", ["shared", "dedicated"]),
            cpuSockets: s.integer("Sockets"),
            cpuThreadPolicy: s.enum("How threads of a core are shared", ["prefer", "isolate", "require"]),
            cpuThreads: s.integer("Threads a core"),
            diskBus: s.enum("Bus of disks", ["scsi", "virtio", "uml", "xen", "ide", "usb", "lxc"]),
            scsiModel: s.enum("SCSI controller", ["virtio-scsi"]),
            vifModel: s.enum("Network card", ["e1000", "e1000e", "ne2k_pci", "pcnet", "rtl8139", "virtio", "vmxnet3"]),
          }),
          minDiskGB: s.integer("Smallest disk in GB", { minimum: 1 }),
          minMemoryMB: s.integer("Least memory in MB", { minimum: 1 }),
        }),
        protected: s.boolean("It cannot be deleted"),
        tags: s.list("Tags", s.string({ minLength: 1, maxLength: 255 }), { merge: "set" }),
        visibility: s.enum("Who sees it", ["public", "private", "shared", "community"], {
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

export const imageStatus = s.object("What the image is", {
  conditions: s.list("What the object says of itself", v1Beta2Condition, { merge: ["type"] }),
  downloadAttempts: s.integer("How often the download was tried"),
  id: s.string("Id"),
  resource: s.object("What Glance says", {
    hash: s.object("Hash of the content", {
      algorithm: required(s.enum("Hash function", ["md5", "sha1", "sha256", "sha512"])),
      value: required(s.string("The hash, in hex", { minLength: 1, maxLength: 1024, pattern: "^[0-9a-f]+$" })),
    }),
    sizeB: s.int64("Size in bytes"),
    status: s.string("Glance's word for its state"),
    virtualSizeB: s.int64("Size when unpacked, in bytes"),
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
  description: "A Glance image",
  fields: {
    spec: imageSpec,
    status: imageStatus,
  },
});
