import { cachedState, collectFamilies, renderFamilies } from "@slipway/observability";
import { expect, test } from "vitest";
import { makeCluster, startStory } from "./story.ts";

test("a cluster's life is read from its series, and nothing is left of it afterwards [OBS-021 OBS-022 OBS-061 OBS-063 OBS-065 OBS-069 OBS-079 OBS-082 OBS-087 OBS-091 OBS-092 OBS-095 OBS-100]", async () => {
  const story = await startStory();
  try {
    const state = cachedState(story.system.controllers.caches);
    const scrape = () => renderFamilies(collectFamilies(state.kinds.flatMap(state.read)), "text").split("\n");
    const { uuid } = await makeCluster(story, { name: "seen", node_count: 2 });
    const lines = scrape();
    /** Values of one family's samples that have these labels. */
    const values = (family: string, ...labels: readonly string[]) =>
      lines
        .filter((line) => line.startsWith(`${family}{`) && labels.every((label) => line.includes(label)))
        .map((line) => Number(line.slice(line.lastIndexOf(" "))));
    expect(values("capi_cluster_status_phase", 'phase="Provisioned"')).toEqual([1]);
    expect(values("capi_cluster_status_condition", 'type="ControlPlaneAvailable"', 'status="True"')).toEqual([1]);
    expect(values("capi_machine_status_phase", 'phase="Running"')).toEqual([1, 1, 1]);
    expect(values("capi_machine_info", 'control_plane_name="')).toEqual([1]);
    expect(values("capi_machinedeployment_status_replicas_ready")).toEqual([2]);
    expect(values("capi_machineset_status_replicas_ready")).toEqual([2]);
    expect(values("capi_kubeadmcontrolplane_status_replicas_ready", 'cluster_name="')).toEqual([1]);
    expect(values("capi_openstackserver_info", 'instance_state="ACTIVE"')).toEqual([1, 1, 1]);
    // One control plane machine and two workers: the only MachineSet holds the workers.
    expect(values("capi_machineset_spec_replicas")).toEqual([2]);
    expect(values("capi_machine_info")).toHaveLength(3);
    /** Of a kind: the conditions that it has, each in exactly one of three states. */
    const conditions = (kind: string): readonly string[] => {
      const mine = lines.filter((line) => line.startsWith(`capi_${kind}_status_condition{`));
      const types = [...new Set(mine.map((line) => /type="(\w+)"/.exec(line)?.[1] ?? ""))];
      const objects = new Set(mine.map((line) => /uid="([^"]+)"/.exec(line)?.[1])).size;
      for (const type of types) {
        const states = values(`capi_${kind}_status_condition`, `type="${type}"`);
        expect(states.reduce((sum, value) => sum + value, 0) * 3, `${kind} ${type}`).toBe(states.length);
        expect(states.length).toBeLessThanOrEqual(3 * objects);
      }
      return types.toSorted();
    };
    const ofAll = ["Deleting", "Paused"];
    const ofScaling = ["Remediating", "ScalingDown", "ScalingUp"];
    const ofMachines = ["MachinesReady", "MachinesUpToDate"];
    const ofPods = [
      "APIServerPodHealthy",
      "ControllerManagerPodHealthy",
      "EtcdMemberHealthy",
      "EtcdPodHealthy",
      "SchedulerPodHealthy",
    ];
    expect(conditions("cluster")).toEqual(
      expect.arrayContaining([
        ...["Available", "RemoteConnectionProbe", "InfrastructureReady", "ControlPlaneInitialized", "ControlPlaneAvailable"],
        ...["ControlPlaneMachinesReady", "ControlPlaneMachinesUpToDate", "WorkersAvailable", "WorkerMachinesReady"],
        ...["WorkerMachinesUpToDate", "RollingOut", ...ofScaling, ...ofAll],
      ]),
    );
    expect(conditions("machine")).toEqual(
      expect.arrayContaining([
        ...["Available", "Ready", "UpToDate", "BootstrapConfigReady", "InfrastructureReady", "NodeHealthy", "NodeReady"],
        ...[...ofPods, ...ofAll],
      ]),
    );
    expect(conditions("machinedeployment")).toEqual(
      ["Available", "RollingOut", ...ofMachines, ...ofScaling, ...ofAll].toSorted(),
    );
    expect(conditions("machineset")).toEqual([...ofMachines, ...ofScaling, ...ofAll].toSorted());
    expect(conditions("kubeadmcontrolplane")).toEqual(
      [
        ...[
          "Available",
          "Initialized",
          "CertificatesAvailable",
          "EtcdClusterHealthy",
          "ControlPlaneComponentsHealthy",
          "RollingOut",
        ],
        ...[...ofMachines, ...ofScaling, ...ofAll],
      ].toSorted(),
    );
    expect(lines.filter((line) => /NaN|undefined|\[object/.test(line))).toEqual([]);

    await story.tenant.call("DELETE", `/clusters/${uuid}`);
    await story.until("deleted", () =>
      scrape().every((line) => !line.startsWith("capi_machine") && !line.startsWith("capi_cluster_")),
    );
  } finally {
    await story.end();
  }
});
