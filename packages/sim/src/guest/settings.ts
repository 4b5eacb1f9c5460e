/** How long a guest takes for what takes time, in seconds. All zero: as fast as the machine goes. */
export interface GuestSettings {
  /** From power on until cloud-init starts. */
  readonly bootSeconds: number;
  /** What `kubeadm init` or `join` takes, image pulls included. */
  readonly kubeadmSeconds: number;
  /** How long `kubeadm join` waits for the API server. */
  readonly joinTimeoutSeconds: number;
  /** How long a node may be silent before it is Unknown (kube-controller-manager's node-monitor-grace-period). */
  readonly nodeMonitorGraceSeconds: number;
}

export const fastGuests: GuestSettings = {
  bootSeconds: 0,
  kubeadmSeconds: 0,
  joinTimeoutSeconds: 300,
  nodeMonitorGraceSeconds: 40,
};
/** Near what a person sees on a good cloud. */
export const realisticGuests: GuestSettings = { ...fastGuests, bootSeconds: 15, kubeadmSeconds: 25 };
