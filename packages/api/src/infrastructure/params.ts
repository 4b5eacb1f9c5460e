import { required, s, type TypeOf } from "../kind/fields.ts";

export const neutronTags = s.list("Tags", s.string({ minLength: 1, pattern: "^[^,]+$" }), { merge: "set" });

/** Every resource of Neutron can be asked for by these. */
const byProjectAndTags = {
  notTags: s.described("Not all of these tags", neutronTags),
  notTagsAny: s.described("None of these tags", neutronTags),
  projectID: s.string("Project it belongs to"),
  tags: s.described("All of these tags", neutronTags),
  tagsAny: s.described("At least one of these tags", neutronTags),
} as const;

export const resourceTags = s.list("Tags", s.string(), { merge: "set" });

export const neutronFilter = s.object(
  "What the resource must be like; it must be the only one",
  {
    description: s.string("For people"),
    name: s.string("Name"),
    ...byProjectAndTags,
  },
  { minProperties: 1 },
);
export type NeutronFilter = TypeOf<typeof neutronFilter>;

export const neutronParam = s.object(
  "A resource of Neutron, by id or by what it is like",
  {
    filter: neutronFilter,
    id: s.uuid("Id"),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type NeutronParam = TypeOf<typeof neutronParam>;

export const subnetFilter = s.object(
  "What the subnet must be like; it must be the only one",
  {
    cidr: s.string("Its range"),
    description: s.string("For people"),
    gatewayIP: s.string("Its gateway"),
    ipVersion: s.integer("4 or 6"),
    ipv6AddressMode: s.string("How addresses are given"),
    ipv6RAMode: s.string("Who announces routes"),
    name: s.string("Name"),
    ...byProjectAndTags,
  },
  { minProperties: 1 },
);
export type SubnetFilter = TypeOf<typeof subnetFilter>;

export const subnetParam = s.object(
  "A subnet, by id or by what it is like",
  {
    filter: subnetFilter,
    id: s.uuid("Id"),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type SubnetParam = TypeOf<typeof subnetParam>;

export const imageParam = s.object(
  "The image, by id, by what it is like, or by an Image object",
  {
    filter: s.object(
      "What the image must be like; it must be the only one",
      {
        name: s.string("Name"),
        tags: s.described("All of these tags", resourceTags),
      },
      { minProperties: 1 },
    ),
    id: s.uuid("Id"),
    imageRef: s.object("An Image object in the same namespace", {
      name: required(s.string("Name")),
    }),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type ImageParam = TypeOf<typeof imageParam>;

export const serverGroupParam = s.object(
  "A server group, by id or by name",
  {
    filter: s.object(
      "What the server group must be like; it must be the only one",
      {
        name: s.string("Name"),
      },
      { minProperties: 1 },
    ),
    id: s.uuid("Id"),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type ServerGroupParam = TypeOf<typeof serverGroupParam>;

export const identityRef = s.object(
  "Credentials for the cloud",
  {
    cloudName: required(s.string("Which cloud of the Secret's clouds.yaml")),
    name: required(s.string("Name of the Secret")),
    region: s.string("Region; absent: as clouds.yaml says"),
  },
  {
    rules: [
      { rule: "(!has(self.region) && !has(oldSelf.region)) || self.region == oldSelf.region", message: "region is immutable" },
    ],
  },
);
export type IdentityRef = TypeOf<typeof identityRef>;
