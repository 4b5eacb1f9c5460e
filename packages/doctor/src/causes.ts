/**
 * What can be wrong, first cause first: when several are found at once, the one higher up is told first, since those below it are
 * most often its consequences. The words of RUN-058 are among them.
 */
export const causes = [
  // Nobody is trying.
  "ClusterPaused",
  "ClusterGone",
  "RequestRefused",
  "CredentialMissing",
  // The way to the cloud.
  "IdentityUnavailable",
  "CredentialRejected",
  "ProjectGone",
  "CredentialExpiring",
  "ComputeUnavailable",
  "NetworkUnavailable",
  "LoadBalancerUnavailable",
  "ImageServiceUnavailable",
  "VolumeServiceUnavailable",
  "MicroversionUnsupported",
  "RateLimited",
  "Forbidden",
  // What the cloud does not give.
  "QuotaExceeded",
  "FloatingIPPoolExhausted",
  "AddressesExhausted",
  "ImageNotFound",
  "ImageUnusable",
  "FlavorNotFound",
  "KeypairNotFound",
  "ServerGroupNotFound",
  "ZoneNotFound",
  "ExternalNetworkNotFound",
  "NetworkGone",
  "SubnetMissing",
  "SecurityGroupNotFound",
  "RouterGone",
  "DHCPDisabled",
  "LoadBalancerPending",
  "LoadBalancerError",
  "FloatingIPDown",
  "NetworkPending",
  "NoValidHost",
  "PortBindingFailed",
  "VolumeFailed",
  "VolumeStuck",
  "ServerFault",
  "ServerStuck",
  "ServerGone",
  "ServerStopped",
  // Inside the servers.
  "GuestKernelPanic",
  "GuestNoNetwork",
  "CloudInitFailed",
  "KubernetesVersionMismatch",
  "KubeadmFailed",
  "JoinTimedOut",
  "NodeNotJoined",
  // The tenant's cluster.
  "EtcdQuorumLost",
  "APIUnreachable",
  "CertificateExpired",
  "EtcdMemberLost",
  "NodeNotReady",
  "DeletionBlocked",
  "DrainBlocked",
  "RemediationRestricted",
  "TemplateMissing",
  "InfrastructureFailed",
  "MachineFailed",
  "CloudRefused",
] as const;

export type CauseCode = (typeof causes)[number];

export const rankOf = (code: CauseCode): number => causes.indexOf(code);
