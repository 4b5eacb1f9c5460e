/** What each Magnum label does, one file a label; `labels.md` beside it is the table. */
import { admissionControl } from "./admissioncontrol.ts";
import { apiCertSans } from "./apicertsans.ts";
import { apiFloatingIp } from "./apifloatingip.ts";
import { apiLoadBalancer } from "./apiloadbalancer.ts";
import { auditLog } from "./auditlog.ts";
import { autoHealing } from "./autohealing.ts";
import { availabilityZone } from "./availabilityzone.ts";
import { bootVolume } from "./bootvolume.ts";
import { clusterNetwork } from "./clusternetwork.ts";
import { containerInfraPrefix } from "./containerinfraprefix.ts";
import { controlPlaneAvailabilityZones } from "./controlplaneavailabilityzones.ts";
import { dockerVolume } from "./dockervolume.ts";
import { etcdVolume } from "./etcdvolume.ts";
import { fixedSubnetCidr } from "./fixedsubnetcidr.ts";
import type { LabelEffect } from "./label.ts";
import { oidc } from "./oidc.ts";
import { proxies } from "./proxies.ts";
import { differentFailureDomain } from "./servergroups.ts";
import { tlsCipherSuites } from "./tlsciphersuites.ts";

export interface LabelDefaults {
  readonly bootVolume: { readonly size: number; readonly type: string | undefined };
}

/** In order: etcd's volume comes before docker's, because the order of disks names them. */
export const labelEffects = (defaults: LabelDefaults): readonly LabelEffect[] => [
  autoHealing,
  clusterNetwork,
  fixedSubnetCidr,
  apiLoadBalancer,
  apiFloatingIp,
  availabilityZone,
  controlPlaneAvailabilityZones,
  bootVolume(defaults.bootVolume),
  etcdVolume,
  dockerVolume,
  differentFailureDomain,
  apiCertSans,
  admissionControl,
  auditLog,
  oidc,
  tlsCipherSuites,
  proxies,
  containerInfraPrefix,
];
