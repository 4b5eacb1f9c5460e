import { expect, test } from "vitest";
import type { Alert, AlertReport } from "../process/alerts.ts";
import { alertText } from "./alerts.ts";

const alert = (state: Alert["state"], title: string): Alert => ({
  name: title.replaceAll(" ", ""),
  ...{ title, state, value: 1, activeAt: "2026-11-22T08:00:00.000Z", firesAt: "2026-11-22T08:05:00.000Z" },
  labels: { severity: "warning", namespace: "t", name: "md" },
  annotations: {
    summary: "MachineDeployment t/md has too few ready machines",
    kubectl: "kubectl get machinedeployment md -n t -o yaml",
  },
});
const report = (...alerts: readonly Alert[]): AlertReport => ({
  evaluatedAt: "2026-11-22T08:06:00.000Z",
  alerts,
  rules: [
    { name: "A", for: "5m", pending: 0, firing: alerts.filter(({ state }) => state === "firing").length },
    { name: "Bee", for: "30m", pending: 1, firing: 0 },
  ],
  elsewhere: ["Elsewhere"],
});

test("an alert is told with since when, and the first command to run", () => {
  expect(alertText(report(alert("firing", "A"), alert("pending", "B")), false)).toBe(
    [
      "1 firing, 1 pending, 2 rules looked at 2026-11-22T08:06:00.000Z",
      "",
      "FIRING   warning  A  (since 2026-11-22T08:00:00.000Z)",
      "         MachineDeployment t/md has too few ready machines",
      "         kubectl get machinedeployment md -n t -o yaml",
      "",
      "PENDING  warning  B  (since 2026-11-22T08:00:00.000Z, fires at 2026-11-22T08:05:00.000Z)",
      "         MachineDeployment t/md has too few ready machines",
      "         kubectl get machinedeployment md -n t -o yaml",
      "",
    ].join("\n"),
  );
});

test("when all is well one line is enough, and every rule is told to who asks", () => {
  expect(alertText(report(), false)).toBe("0 firing, 0 pending, 2 rules looked at 2026-11-22T08:06:00.000Z\n");
  expect(alertText(report(), true).split("\n").slice(2, 5)).toEqual([
    "A          for 5m    normal",
    "Bee        for 30m   1 pending",
    "Elsewhere            only Prometheus can tell",
  ]);
});
