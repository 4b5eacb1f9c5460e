/** Labels that decide where workloads go are not a node's own to set: of those of Kubernetes only these are. */
const kubeletLabels = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
]);

interface Labels {
  readonly [key: string]: string;
}

/** Those that a node may not add, remove or change, in order. */
export const forbiddenLabels = (before: Labels, after: Labels): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key] && isForbidden(key))
    .sort();

const isForbidden = (key: string): boolean => {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  const isIn = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (isIn("node-restriction.kubernetes.io")) return true;
  const own = kubeletLabels.has(key) || isIn("kubelet.kubernetes.io") || isIn("node.kubernetes.io");
  return (isIn("kubernetes.io") || isIn("k8s.io")) && !own;
};
