import { required, s, type TypeOf } from "../kind/fields.ts";

export const neutronTags = s.list(s.string({ minLength: 1, pattern: "^[^,]+$" }), { merge: "set" });

export const resourceTags = s.list(s.string(), { merge: "set" });

export const neutronFilter = s.object(
  {
    description: s.string(),
    name: s.string(),
    notTags: neutronTags,
    notTagsAny: neutronTags,
    projectID: s.string(),
    tags: neutronTags,
    tagsAny: neutronTags,
  },
  { minProperties: 1 },
);
export type NeutronFilter = TypeOf<typeof neutronFilter>;

export const neutronParam = s.object(
  {
    filter: neutronFilter,
    id: s.uuid(),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type NeutronParam = TypeOf<typeof neutronParam>;

export const subnetFilter = s.object(
  {
    cidr: s.string(),
    description: s.string(),
    gatewayIP: s.string(),
    ipVersion: s.integer(),
    ipv6AddressMode: s.string(),
    ipv6RAMode: s.string(),
    name: s.string(),
    notTags: neutronTags,
    notTagsAny: neutronTags,
    projectID: s.string(),
    tags: neutronTags,
    tagsAny: neutronTags,
  },
  { minProperties: 1 },
);
export type SubnetFilter = TypeOf<typeof subnetFilter>;

export const subnetParam = s.object(
  {
    filter: subnetFilter,
    id: s.uuid(),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type SubnetParam = TypeOf<typeof subnetParam>;

export const imageParam = s.object(
  {
    filter: s.object(
      {
        name: s.string(),
        tags: resourceTags,
      },
      { minProperties: 1 },
    ),
    id: s.uuid(),
    imageRef: s.object({
      name: required(s.string()),
    }),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type ImageParam = TypeOf<typeof imageParam>;

export const serverGroupParam = s.object(
  {
    filter: s.object(
      {
        name: s.string(),
      },
      { minProperties: 1 },
    ),
    id: s.uuid(),
  },
  { minProperties: 1, maxProperties: 1 },
);
export type ServerGroupParam = TypeOf<typeof serverGroupParam>;

export const identityRef = s.object(
  {
    cloudName: required(s.string()),
    name: required(s.string()),
    region: s.string(),
  },
  {
    rules: [
      { rule: "(!has(self.region) && !has(oldSelf.region)) || self.region == oldSelf.region", message: "region is immutable" },
    ],
  },
);
export type IdentityRef = TypeOf<typeof identityRef>;
