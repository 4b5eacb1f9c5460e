import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseKubernetesVersion } from "./kubernetesversion.ts";
import { retryJoinScript } from "./retryjoin.ts";

/** The script runs in a real bash; `kubeadm` writes down how it was called and answers what the test wants, `sleep` takes no time. */
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "slipway-join-"));
  const kubeadm = `#!/bin/bash
echo "kubeadm $*" >> "$CALLS"
case "$*" in *"$FAILING"*) count=$(grep -c -- "$FAILING" "$CALLS"); [ "$count" -le "$TIMES" ] && exit "$CODE";; esac
exit 0
`;
  writeFileSync(join(home, "kubeadm"), kubeadm, { mode: 0o755 });
  writeFileSync(join(home, "sleep"), '#!/bin/bash\necho "sleep $*" >> "$CALLS"\n', { mode: 0o755 });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const run = (
  options: { readonly controlPlane: boolean; readonly version?: string },
  failing: { readonly call: string; readonly code: number; readonly times: number } = { call: "no such call", code: 0, times: 0 },
) => {
  const script = retryJoinScript({
    controlPlane: options.controlPlane,
    version: parseKubernetesVersion(options.version ?? "v1.31.2"),
    kubeadmVerbosity: "--v 5",
    configPath: "/run/join.yaml",
  });
  const calls = join(home, `calls-${Math.random()}`);
  writeFileSync(calls, "");
  const env = {
    PATH: `${home}:/usr/bin:/bin`,
    CALLS: calls,
    FAILING: failing.call,
    TIMES: String(failing.times),
    CODE: String(failing.code),
  };
  const ended = spawnSync("bash", ["-c", script.content ?? ""], { env, encoding: "utf8" });
  const lines = readFileSync(calls, "utf8").trim().split("\n");
  return {
    code: ended.status,
    calls: lines.map((line) => line.replace(" --config /run/join.yaml --v 5", "").replace("kubeadm ", "")),
  };
};

describe("the retrying join", () => {
  test("of a control plane joins phase by phase, then once for the rest [BOOT-133]", () => {
    expect(run({ controlPlane: true })).toEqual({
      code: 0,
      calls: [
        "join phase preflight --ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests",
        "join phase control-plane-prepare download-certs",
        "join phase control-plane-prepare certs",
        "join phase control-plane-prepare kubeconfig",
        "join phase control-plane-prepare control-plane",
        "join phase kubelet-start",
        "join --skip-phases preflight,control-plane-prepare,kubelet-start",
      ],
    });
  });

  test("of a worker leaves out what only control planes have, and before 1.31 ends differently [BOOT-133] [BOOT-134]", () => {
    expect(run({ controlPlane: false }).calls).toHaveLength(3);
    expect(run({ controlPlane: false, version: "v1.30.1" }).calls.at(-1)).toBe("join phase kubelet-start");
    expect(run({ controlPlane: true, version: "v1.30.1" }).calls.slice(-3)).toEqual([
      "join phase control-plane-join etcd",
      "join phase control-plane-join update-status",
      "join phase control-plane-join mark-control-plane",
    ]);
  });

  test("tries again what may get well, five times with pauses [BOOT-133]", () => {
    const { code, calls } = run({ controlPlane: false }, { call: "kubelet-start --config", code: 1, times: 4 });
    expect(code).toBe(0);
    expect(calls.filter((call) => call === "join phase kubelet-start")).toHaveLength(5);
    expect(calls.filter((call) => call === "sleep 15")).toHaveLength(4);
  });

  test("gives up after five, and a control plane takes its half-made member back [BOOT-135]", () => {
    const { code, calls } = run({ controlPlane: true }, { call: "control-plane-prepare certs", code: 1, times: 99 });
    expect(code).toBe(1);
    expect(calls.slice(-3)).toEqual(["reset phase update-cluster-status", "reset phase remove-etcd-member", "reset -f"]);
    expect(run({ controlPlane: false }, { call: "kubelet-start --config", code: 7, times: 99 })).toMatchObject({ code: 7 });
  });

  test("an invalid configuration ends it at once, a failed preflight without retries [BOOT-135]", () => {
    const invalid = run({ controlPlane: true }, { call: "phase preflight", code: 3, times: 99 });
    expect(invalid.code).toBe(3);
    expect(invalid.calls).toHaveLength(1);
    const preflight = run({ controlPlane: false }, { call: "phase preflight", code: 2, times: 99 });
    expect(preflight.code).toBe(2);
    expect(preflight.calls.filter((call) => call.startsWith("join phase preflight"))).toHaveLength(1);
    expect(preflight.calls.at(-1)).toBe("reset -f");
  });

  test("what comes after the phases is tried once [BOOT-133]", () => {
    const { code, calls } = run({ controlPlane: true }, { call: "--skip-phases", code: 1, times: 99 });
    expect(code).toBe(1);
    expect(calls.filter((call) => call.includes("--skip-phases"))).toHaveLength(1);
  });
});
