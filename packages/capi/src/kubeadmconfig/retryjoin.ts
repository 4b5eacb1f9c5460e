import { atLeast, type KubernetesVersion } from "./kubernetesversion.ts";
import type { BootstrapFile } from "./spec.ts";

export const retryJoinScriptPath = "/usr/local/bin/kubeadm-bootstrap-script";

/**
 * `useExperimentalRetryJoin`: kubeadm join phase by phase, each retried, because a joining node competes with others for etcd and
 * the load balancer. kubeadm's exit codes decide: 2 (preflight) ends the retries, 3 (validation) ends the script.
 */
export const retryJoinScript = (options: {
  readonly controlPlane: boolean;
  readonly version: KubernetesVersion;
  readonly kubeadmVerbosity: string;
  readonly configPath: string;
}): BootstrapFile => ({
  path: retryJoinScriptPath,
  owner: "root",
  permissions: "0755",
  content: [
    "#!/bin/bash",
    "# Joins this machine to its cluster, retrying what is safe to retry.",
    "set -o nounset -o pipefail",
    `config="${options.configPath}"`,
    `verbosity="${options.kubeadmVerbosity}"`,
    `control_plane=${options.controlPlane}`,
    helpers,
    "retry preflight --ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests",
    ...(options.controlPlane
      ? ["download-certs", "certs", "kubeconfig", "control-plane"].map((phase) => `retry control-plane-prepare ${phase}`)
      : []),
    "retry kubelet-start",
    ...(atLeast(options.version, 1, 31)
      ? ["once --skip-phases preflight,control-plane-prepare,kubelet-start"]
      : options.controlPlane
        ? [
            "once phase control-plane-join etcd",
            "retry control-plane-join update-status",
            "retry control-plane-join mark-control-plane",
          ]
        : []),
    'echo "joined"',
  ].join("\n"),
});

const helpers = `
log() { echo "[kubeadm-bootstrap] $*" >&2; }

give_up() {
  log "kubeadm join failed with exit code $1"
  if [ "$control_plane" = true ]; then
    # The half-joined member would cost the cluster its etcd quorum.
    kubeadm reset phase update-cluster-status || true
    kubeadm reset phase remove-etcd-member || true
  fi
  kubeadm reset -f || true
  exit "$1"
}

retry() {
  local attempt code=0
  for attempt in 1 2 3 4 5; do
    kubeadm join phase "$@" --config "$config" $verbosity && return 0
    code=$?
    log "phase $* failed with exit code $code (attempt $attempt of 5)"
    case $code in
      2) break ;;
      3) log "the configuration is invalid"; exit 3 ;;
    esac
    [ "$attempt" = 5 ] || sleep 15
  done
  give_up "$code"
}

once() {
  kubeadm join "$@" --config "$config" $verbosity || give_up $?
}
`;
