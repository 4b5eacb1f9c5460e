import type { Cluster, KubeadmConfigSpec } from "@slipway/api";
import { textFromBase64, textToBase64 } from "@slipway/api/pki/index.ts";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { bootstrapDocument } from "./document.ts";
import { endpointOf, filledForInit, filledForJoin, withToken } from "./fill.ts";
import { modeOf } from "./index.ts";
import { lockState } from "./lock.ts";
import { newToken, tokenNeedsRenewal, tokenSecret, withExpiration } from "./token.ts";

const now = new Date("2026-05-01T00:00:00Z");
const clusterSpec: Cluster["spec"] = {
  controlPlaneEndpoint: { host: "127.100.0.5", port: 6443 },
  clusterNetwork: {
    serviceDomain: "cluster.local",
    pods: { cidrBlocks: ["10.100.0.0/16", "fd00:100::/64"] },
    services: { cidrBlocks: ["10.254.0.0/16"] },
  },
};

describe("what the Cluster knows is filled in", () => {
  test("for the first machine, where the spec says nothing [BOOT-073] [BOOT-074]", () => {
    expect(filledForInit({}, { spec: clusterSpec, name: "demo" }, "v1.31.2")).toEqual({
      clusterConfiguration: {
        apiVersion: "kubeadm.k8s.io/v1beta4",
        kind: "ClusterConfiguration",
        controlPlaneEndpoint: "127.100.0.5:6443",
        clusterName: "demo",
        kubernetesVersion: "v1.31.2",
        networking: { dnsDomain: "cluster.local", podSubnet: "10.100.0.0/16,fd00:100::/64", serviceSubnet: "10.254.0.0/16" },
      },
      initConfiguration: { apiVersion: "kubeadm.k8s.io/v1beta4", kind: "InitConfiguration" },
    });
  });

  test("and what a user wrote stays", () => {
    const spec: KubeadmConfigSpec = {
      clusterConfiguration: { clusterName: "mine", networking: { podSubnet: "10.1.0.0/16" } },
      initConfiguration: { nodeRegistration: {} },
    };
    const filled = filledForInit(spec, { spec: clusterSpec, name: "demo" }, "v1.31.2");
    expect(filled.clusterConfiguration).toMatchObject({
      clusterName: "mine",
      networking: { podSubnet: "10.1.0.0/16", dnsDomain: "cluster.local" },
    });
    expect(filled.initConfiguration).toBe(spec.initConfiguration);
    expect(filledForInit(filled, { spec: clusterSpec, name: "demo" }, "v1.31.2")).toEqual(filled);
  });

  test("IPv6 addresses get brackets [BOOT-075]", () => {
    expect(endpointOf({ spec: { controlPlaneEndpoint: { host: "fd00::5", port: 6443 } } })).toBe("[fd00::5]:6443");
    expect(endpointOf({ spec: { controlPlaneEndpoint: { host: "", port: 6443 } } })).toBeUndefined();
    expect(endpointOf({ spec: {} })).toBeUndefined();
  });

  const facts = { controlPlane: false, endpoint: "127.100.0.5:6443", authorityPem: "ca", pins: ["sha256:aa"] };

  test("for those who join: endpoint and CA hashes, then a token [BOOT-089]", () => {
    const filled = filledForJoin({}, facts);
    expect(filled).toEqual({
      joinConfiguration: {
        discovery: { bootstrapToken: { apiServerEndpoint: "127.100.0.5:6443", caCertHashes: ["sha256:aa"] } },
      },
    });
    expect(withToken(filled ?? {}, "abcdef.0123456789abcdef").joinConfiguration?.discovery?.bootstrapToken).toEqual({
      apiServerEndpoint: "127.100.0.5:6443",
      caCertHashes: ["sha256:aa"],
      token: "abcdef.0123456789abcdef",
    });
    expect(filledForJoin({}, { ...facts, controlPlane: true })?.joinConfiguration?.controlPlane).toEqual({});
  });

  test("only without hashes the CA is not verified [BOOT-090], and a user's own values are kept [BOOT-091]", () => {
    expect(filledForJoin({}, { ...facts, pins: [] })?.joinConfiguration?.discovery?.bootstrapToken).toEqual({
      apiServerEndpoint: "127.100.0.5:6443",
      unsafeSkipCAVerification: true,
    });
    const own = { apiServerEndpoint: "lb.example:443", caCertHashes: ["sha256:own"], token: "own" };
    const spec = { joinConfiguration: { discovery: { bootstrapToken: own } } };
    expect(filledForJoin(spec, facts)).toEqual(spec);
  });

  test("file discovery gets server and CA, and waits for the endpoint [BOOT-088]", () => {
    const file = { kubeConfigPath: "/etc/join.conf", kubeConfig: { user: { exec: { command: "login" } } } };
    const spec = { joinConfiguration: { discovery: { file } } };
    expect(filledForJoin(spec, facts)?.joinConfiguration?.discovery?.file?.kubeConfig?.cluster).toEqual({
      server: "https://127.100.0.5:6443",
      certificateAuthorityData: textToBase64("ca"),
    });
    expect(filledForJoin(spec, { ...facts, endpoint: undefined })).toBeUndefined();
    expect(filledForJoin({}, { ...facts, endpoint: undefined })).toBeUndefined();
    const bare = { joinConfiguration: { discovery: { file: { kubeConfigPath: "/etc/join.conf" } } } };
    expect(filledForJoin(bare, { ...facts, endpoint: undefined })).toEqual(bare);
  });
});

describe("tokens", () => {
  test("look as kubeadm wants them and never alike [BOOT-024]", () => {
    const tokens = Array.from({ length: 50 }, () => newToken());
    expect(tokens.every((token) => /^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token))).toBe(true);
    expect(new Set(tokens).size).toBe(50);
  });

  test("are Secrets that the workload cluster's signer knows [BOOT-097]", () => {
    const secret = tokenSecret("abcdef.0123456789abcdef", now);
    expect(secret.metadata).toEqual({ namespace: "kube-system", name: "bootstrap-token-abcdef" });
    expect(secret.type).toBe("bootstrap.kubernetes.io/token");
    const plain = Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, textFromBase64(value)]));
    expect(plain).toMatchObject({
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      expiration: "2026-05-01T00:00:00Z",
      "usage-bootstrap-signing": "true",
      "usage-bootstrap-authentication": "true",
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
    });
  });

  test.each([
    [751, false],
    [750, true],
    [0, true],
    [-60, true],
  ])("with %i of 900 seconds left: to be renewed is %s [BOOT-096] [BOOT-099]", (left, renew) => {
    const secret = tokenSecret("abcdef.0123456789abcdef", new Date(now.getTime() + left * 1000));
    expect(tokenNeedsRenewal(secret, 900, now)).toBe(renew);
  });

  test("without an expiry are renewed, with an unreadable one refused [BOOT-099] [BOOT-100]", () => {
    const secret = tokenSecret("abcdef.0123456789abcdef", now);
    const { expiration: _gone, ...data } = secret.data ?? {};
    expect(tokenNeedsRenewal({ ...secret, data }, 900, now)).toBe(true);
    expect(() => tokenNeedsRenewal({ ...secret, data: { ...data, expiration: textToBase64("soon") } }, 900, now)).toThrow(
      '"soon"',
    );
    const later = withExpiration(secret, new Date("2026-05-01T00:15:00Z"));
    expect(textFromBase64(later.data?.["expiration"] ?? "")).toBe("2026-05-01T00:15:00Z");
  });
});

test("the init lock belongs to the machine it names [BOOT-065] [BOOT-067] [BOOT-068]", () => {
  const lock = (information: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {},
    data: { "lock-information": information },
  });
  expect(lockState(undefined, "a")).toEqual({ state: "free" });
  expect(lockState(lock('{"machineName":"a"}'), "a")).toEqual({ state: "held" });
  expect(lockState(lock('{"machineName":"b"}'), "a")).toEqual({ state: "taken", by: "b" });
  expect(lockState(lock("not json"), "a")).toEqual({ state: "unreadable" });
});

test("a machine founds the cluster, joins its control plane or works for it [BOOT-056] [BOOT-057] [BOOT-086]", () => {
  const initialized = { status: { conditions: [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime: "" }] } };
  expect(modeOf({}, { controlPlane: false })).toBe("init");
  expect(modeOf(initialized, { controlPlane: true })).toBe("join-control-plane");
  expect(modeOf(initialized, { controlPlane: false })).toBe("join-worker");
});

describe("the document", () => {
  const certificate = {
    spec: { purpose: "ca", certFile: "/etc/kubernetes/pki/ca.crt", keyFile: "/etc/kubernetes/pki/ca.key", external: false },
    pair: { certificatePem: "CERT\n", privateKeyPem: "KEY\n" },
  } as const;
  const document = (
    mode: "init" | "join-control-plane" | "join-worker",
    spec: KubeadmConfigSpec,
    kubernetesVersion = "v1.31.2",
  ) => {
    const { text } = bootstrapDocument({
      mode,
      spec,
      kubernetesVersion,
      certificates: [certificate],
      files: spec.files ?? [],
      users: [],
    });
    const tree = load(text) as { write_files: { path: string; content: string; permissions: string }[]; runcmd: string[] };
    return { text, tree, paths: tree.write_files.map(({ path }) => path) };
  };
  const files = [{ path: "/etc/mine", content: "x" }];

  test("of the first machine: certificates, the user's files, kubeadm's two configurations [BOOT-122] [BOOT-126] [BOOT-130]", () => {
    const { text, tree, paths } = document("init", { files, clusterConfiguration: {}, initConfiguration: {} });
    expect(paths).toEqual([
      "/etc/kubernetes/pki/ca.crt",
      "/etc/kubernetes/pki/ca.key",
      "/etc/mine",
      "/run/kubeadm/kubeadm.yaml",
      "/run/cluster-api/placeholder",
    ]);
    expect(tree.write_files[3]).toMatchObject({ permissions: "0640" });
    expect(tree.write_files[3]?.content).toMatch(
      /^---\napiServer: \{\}\n[\s\S]*\n---\napiVersion: kubeadm.k8s.io\/v1beta4\nkind: InitConfiguration\n/,
    );
    expect(text).toContain(
      "  - 'kubeadm init --config /run/kubeadm/kubeadm.yaml  && echo success > /run/cluster-api/bootstrap-success.complete'\n",
    );
  });

  test("of a joining control plane machine: certificates, no dashes, no taint [BOOT-127] [BOOT-130] [BOOT-080]", () => {
    const { text, tree, paths } = document("join-control-plane", { joinConfiguration: { controlPlane: {} }, verbosity: 5 });
    expect(paths).toContain("/etc/kubernetes/pki/ca.key");
    expect(tree.write_files.at(-2)?.path).toBe("/run/kubeadm/kubeadm-join-config.yaml");
    expect(tree.write_files.at(-2)?.content).toMatch(/^apiVersion: kubeadm/);
    expect(text).not.toContain("uninitialized");
    expect(text).toContain(
      "  - kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml --v 5 && echo success > /run/cluster-api/bootstrap-success.complete\n",
    );
  });

  test("of a worker: no certificates, and the taint that only the machine gets to know [BOOT-087] [TRAP-010] [BOOT-127]", () => {
    const spec = { joinConfiguration: { nodeRegistration: { taints: [{ key: "own", effect: "NoExecute" }] } } };
    const { tree, paths } = document("join-worker", spec);
    expect(paths).toEqual(["/run/kubeadm/kubeadm-join-config.yaml", "/run/cluster-api/placeholder"]);
    expect(tree.write_files[0]?.content).toMatch(/^---\n/);
    expect(load((tree.write_files[0]?.content ?? "").slice(4))).toMatchObject({
      nodeRegistration: {
        taints: [
          { key: "own", effect: "NoExecute" },
          { key: "node.cluster.x-k8s.io/uninitialized", effect: "NoSchedule" },
        ],
      },
    });
    expect(spec.joinConfiguration.nodeRegistration.taints).toHaveLength(1);
  });

  test("a worker that claims to be a control plane is refused [BOOT-085]", () => {
    expect(() => document("join-worker", { joinConfiguration: { controlPlane: {} } })).toThrow(
      "must not have joinConfiguration.controlPlane",
    );
  });

  test("file discovery brings its kubeconfig along [BOOT-093] [BOOT-122]", () => {
    const file = {
      kubeConfigPath: "/etc/kubernetes/join.conf",
      kubeConfig: {
        cluster: { server: "https://a:6443", certificateAuthorityData: "Y2E=" },
        user: { exec: { command: "login" } },
      },
    };
    const { tree, paths } = document("join-worker", { files, joinConfiguration: { discovery: { file } } });
    expect(paths.slice(0, 2)).toEqual(["/etc/mine", "/etc/kubernetes/join.conf"]);
    expect(load(tree.write_files[1]?.content ?? "")).toMatchObject({
      "current-context": "default",
      clusters: [{ name: "default", cluster: { server: "https://a:6443", "certificate-authority-data": "Y2E=" } }],
      users: [{ name: "default", user: { exec: { command: "login", interactiveMode: "Never" } } }],
    });
  });

  test("the retrying join runs phase by phase [BOOT-132] [BOOT-133] [BOOT-134]", () => {
    const spec = { joinConfiguration: { controlPlane: {} }, useExperimentalRetryJoin: true };
    const recent = document("join-control-plane", spec);
    expect(recent.paths).toContain("/usr/local/bin/kubeadm-bootstrap-script");
    expect(recent.tree.runcmd[0]).toBe(
      "/usr/local/bin/kubeadm-bootstrap-script && echo success > /run/cluster-api/bootstrap-success.complete",
    );
    expect(recent.text).toContain("once --skip-phases preflight,control-plane-prepare,kubelet-start");
    expect(document("join-control-plane", spec, "v1.30.4").text).toContain("once phase control-plane-join etcd");
  });
});
