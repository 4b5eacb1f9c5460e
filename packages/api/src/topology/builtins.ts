const metadata = ["metadata.labels", "metadata.annotations"];

const under = (prefix: string, names: readonly string[]): readonly string[] => [
  prefix,
  ...names.map((name) => `${prefix}.${name}`),
];

const workers = [
  "class",
  "name",
  "replicas",
  "topologyName",
  "version",
  ...metadata,
  "bootstrap.configRef.name",
  "infrastructureRef.name",
];

/** What every patch may name without its being declared. */
export const builtinVariables: ReadonlySet<string> = new Set([
  "builtin",
  ...under("builtin.cluster", ["name", "namespace", "uid", ...metadata]),
  ...under("builtin.cluster.topology", ["class", "classNamespace", "version"]),
  ...under("builtin.cluster.network", ["serviceDomain", "services", "pods", "ipFamily"]),
  ...under("builtin.controlPlane", ["name", "replicas", "version", ...metadata, "machineTemplate.infrastructureRef.name"]),
  ...under("builtin.machineDeployment", workers),
  ...under("builtin.machinePool", workers),
]);
