import { MAXIMUM, MINIMUM } from "../microversion.ts";

/** The two documents that need no token: `/` and `/v1`. */
export const rootDocument = (base: string): object => ({
  name: "OpenStack Magnum API",
  description: "Magnum is an OpenStack project which aims to provide container cluster management.",
  versions: [
    {
      id: "v1",
      links: [{ href: `${base}/v1/`, rel: "self" }],
      status: "CURRENT",
      max_version: `1.${MAXIMUM}`,
      min_version: `1.${MINIMUM}`,
    },
  ],
});

const RESOURCES = ["clustertemplates", "clusters", "quotas", "certificates", "mservices", "stats", "federations", "credentials"];

export const v1Document = (base: string): object => ({
  id: "v1",
  media_types: [{ base: "application/json", type: "application/vnd.openstack.magnum.v1+json" }],
  links: [
    { href: `${base}/v1/`, rel: "self" },
    { href: "http://docs.openstack.org/developer/magnum/dev/api-spec-v1.html", rel: "describedby", type: "text/html" },
  ],
  ...Object.fromEntries(RESOURCES.map((resource) => [resource, pair(base, `${resource}/`)])),
  nodegroups: pair(base, "clusters/{cluster_id}/nodegroups"),
});

const pair = (base: string, path: string) => [
  { href: `${base}/v1/${path}`, rel: "self" },
  { href: `${base}/${path}`, rel: "bookmark" },
];
