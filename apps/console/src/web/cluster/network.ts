/** A cluster's networks, from its objects as they are. Pure. */

export const cloudKinds = ["Network", "Subnet", "Router", "LoadBalancer", "FloatingIP", "SecurityGroup"] as const;

interface Network {
  readonly balancer: string | null;
  readonly innerAddress: string | null;
  readonly outerAddress: string | null;
  /** Nobody named: everybody. */
  readonly allowed: readonly string[];
  readonly external: string | null;
  readonly pods: string | null;
  readonly services: string | null;
  readonly domain: string | null;
}

export const networkOf = (cluster: unknown, infrastructure: unknown): Network => {
  const inner = (name: string) => textsIn(cluster, "spec", "clusterNetwork", name, "cidrBlocks").join(", ") || null;
  const balancer = (field: string) => textIn(infrastructure, "status", "apiServerLoadBalancer", field);
  return {
    balancer: balancer("name"),
    innerAddress: balancer("internalIP"),
    outerAddress: balancer("ip"),
    allowed: textsIn(infrastructure, "spec", "apiServerLoadBalancer", "allowedCIDRs"),
    external:
      textIn(infrastructure, "status", "externalNetwork", "name") ?? textIn(infrastructure, "status", "externalNetwork", "id"),
    pods: inner("pods"),
    services: inner("services"),
    domain: textIn(cluster, "spec", "clusterNetwork", "serviceDomain"),
  };
};

const valueIn = (object: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null ? (value as { readonly [field: string]: unknown })[name] : undefined,
    object,
  );
const textIn = (object: unknown, ...path: readonly string[]): string | null => {
  const value = valueIn(object, ...path);
  return typeof value === "string" && value !== "" ? value : null;
};
const textsIn = (object: unknown, ...path: readonly string[]): readonly string[] => {
  const value = valueIn(object, ...path);
  return Array.isArray(value) ? value.map(String) : [];
};
