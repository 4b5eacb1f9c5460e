/** What clients read before they print an image: the names of its own fields, all else being a property. */
const text = { type: ["null", "string"] };
const properties = {
  id: { type: "string", description: "An identifier for the image" },
  name: { ...text, description: "Descriptive name for the image", maxLength: 255 },
  status: {
    type: "string",
    readOnly: true,
    description: "Status of the image",
    enum: ["queued", "saving", "active", "killed", "deleted", "uploading", "importing", "pending_delete", "deactivated"],
  },
  visibility: { type: "string", description: "Scope of image accessibility", enum: ["community", "public", "private", "shared"] },
  protected: { type: "boolean", description: "If true, image will not be deletable." },
  os_hidden: { type: "boolean", description: "If true, image will not appear in default image list response." },
  checksum: { ...text, readOnly: true, description: "md5 hash of image contents." },
  os_hash_algo: { ...text, readOnly: true, description: "Algorithm to calculate the os_hash_value" },
  os_hash_value: {
    ...text,
    readOnly: true,
    description: "Hexdigest of the image contents using the algorithm specified by the os_hash_algo",
  },
  owner: { ...text, description: "Owner of the image" },
  size: { type: ["null", "integer"], readOnly: true, description: "Size of image file in bytes" },
  virtual_size: { type: ["null", "integer"], readOnly: true, description: "Virtual size of image in bytes" },
  container_format: {
    ...text,
    description: "Format of the container",
    enum: [null, "ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"],
  },
  disk_format: {
    ...text,
    description: "Format of the disk",
    enum: [null, "ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"],
  },
  created_at: { type: "string", readOnly: true, description: "Date and time of image registration" },
  updated_at: { type: "string", readOnly: true, description: "Date and time of the last image modification" },
  tags: { type: "array", description: "List of strings related to the image", items: { type: "string", maxLength: 255 } },
  direct_url: { type: "string", readOnly: true, description: "URL to access the image file kept in external store" },
  min_ram: { type: "integer", description: "Amount of ram (in MB) required to boot image." },
  min_disk: { type: "integer", description: "Amount of disk space (in GB) required to boot image." },
  self: { type: "string", readOnly: true, description: "An image self url" },
  file: { type: "string", readOnly: true, description: "An image file url" },
  schema: { type: "string", readOnly: true, description: "An image schema url" },
};

export const imageSchema = {
  name: "image",
  properties,
  additionalProperties: { type: "string" },
  links: [
    { rel: "self", href: "{self}" },
    { rel: "enclosure", href: "{file}" },
    { rel: "describedby", href: "{schema}" },
  ],
};

export const imagesSchema = {
  name: "images",
  properties: {
    images: { type: "array", items: imageSchema },
    schema: { type: "string" },
    next: { type: "string" },
    first: { type: "string" },
  },
  links: [
    { rel: "first", href: "{first}" },
    { rel: "next", href: "{next}" },
    { rel: "describedby", href: "{schema}" },
  ],
};
