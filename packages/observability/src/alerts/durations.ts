/** How long something must be so before it is an alert; keys of `phoenix_observability_alerts.capi` in the inventory. */
export interface AlertDurations {
  readonly clusterFailedFor: string;
  readonly machineFailedFor: string;
  readonly machineDeploymentDegradedFor: string;
  readonly clusterProvisioningFor: string;
  readonly machineSetNotReadyFor: string;
  readonly controlPlaneNotAvailableFor: string;
}

/** What an operator may set of the alerts. */
export interface AlertThresholds extends AlertDurations {
  /** Key of `phoenix_observability_alerts.magnum`: more orphaned clusters than this are too many. */
  readonly orphanedClustersThreshold: number;
}

export const defaultDurations: AlertDurations = {
  clusterFailedFor: "1m",
  machineFailedFor: "1m",
  machineDeploymentDegradedFor: "5m",
  clusterProvisioningFor: "30m",
  machineSetNotReadyFor: "30m",
  controlPlaneNotAvailableFor: "30m",
};

/** A duration as Prometheus and Grafana both read it: units from large to small, each at most once. */
export const durationPattern = "^(?=.)(\\d{1,4}d)?(\\d{1,4}h)?(\\d{1,4}m)?(\\d{1,5}s)?$";

const seconds = { d: 86_400, h: 3600, m: 60, s: 1 } as const;

/** @throws RangeError when it is not one */
export const durationSeconds = (duration: string): number => {
  if (!new RegExp(durationPattern).test(duration))
    throw new RangeError(`${JSON.stringify(duration)} is not a duration such as 90s or 1h30m`);
  return [...duration.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * seconds[unit as keyof typeof seconds],
    0,
  );
};
