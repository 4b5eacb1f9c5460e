/** What of a KubeadmControlPlane may change after it was made: only what a rollout can bring to every machine. */
export const mutablePaths: readonly (readonly string[])[] = [
  "metadata.*",
  ...below("spec", [
    "replicas",
    "version",
    "rolloutAfter",
    ...whole("remediationStrategy", "machineNamingStrategy", "rolloutBefore", "rolloutStrategy"),
  ]),
  ...below("spec.machineTemplate", [
    ...whole("metadata"),
    "infrastructureRef.apiVersion",
    "infrastructureRef.name",
    "infrastructureRef.kind",
    "nodeDrainTimeout",
    "nodeVolumeDetachTimeout",
    "nodeDeletionTimeout",
  ]),
  ...below("spec.kubeadmConfigSpec", [
    "bootCommands",
    "preKubeadmCommands",
    "postKubeadmCommands",
    "files",
    "users",
    "mounts",
    "verbosity",
    "format",
    "useExperimentalRetryJoin",
    ...whole("ntp", "ignition", "diskSetup"),
  ]),
  ...below("spec.kubeadmConfigSpec.clusterConfiguration", [
    "etcd.local.imageRepository",
    "etcd.local.imageTag",
    ...whole("etcd.local.extraArgs"),
    "etcd.local.dataDir",
    "etcd.local.peerCertSANs",
    "etcd.local.serverCertSANs",
    "etcd.external.endpoints",
    "etcd.external.caFile",
    "etcd.external.certFile",
    "etcd.external.keyFile",
    "dns.imageRepository",
    "dns.imageTag",
    "imageRepository",
    ...whole("featureGates", "apiServer", "controllerManager", "scheduler"),
  ]),
  ...below("spec.kubeadmConfigSpec.initConfiguration", [
    ...whole("nodeRegistration", "localAPIEndpoint"),
    "patches",
    "patches.directory",
    "skipPhases",
    "bootstrapTokens",
  ]),
  ...below("spec.kubeadmConfigSpec.joinConfiguration", [
    ...whole("nodeRegistration", "controlPlane", "discovery"),
    "patches",
    "patches.directory",
    "skipPhases",
    "caCertPath",
  ]),
].map((path) => path.split("."));

function below(prefix: string, paths: readonly string[]): readonly string[] {
  return paths.map((path) => `${prefix}.${path}`);
}

/** The field itself and everything in it. */
function whole(...fields: readonly string[]): readonly string[] {
  return fields.flatMap((field) => [field, `${field}.*`]);
}
