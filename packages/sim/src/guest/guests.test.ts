import { ConfigMap, Node, Pod, Secret } from "@slipway/api";
import {
  createCertificateAuthority,
  generateKeyPair,
  isSignedBy,
  publicKeyPins,
  readCertificate,
} from "@slipway/api/pki/index.ts";
import { createMemoryStores, systemClock } from "@slipway/apiserver";
import { createVirtualClock, silentLog } from "@slipway/runtime";
import { beforeAll, describe, expect, test } from "vitest";
import { createGuests, type Guests } from "./host.ts";
import type { CloudNetwork, GuestServer } from "./port.ts";
import { storedRecords } from "./records.ts";
import { fastGuests } from "./settings.ts";
import { openServedApis } from "./workload/served.ts";

const endpoint = "127.77.0.10:6443";
const now = new Date();
let pki: { [path: string]: string };
let pin: string;

beforeAll(async () => {
  const keys = await generateKeyPair("ecdsa-p256");
  const ca = await createCertificateAuthority(keys, { now });
  const pair = (name: string) => ({
    [`/etc/kubernetes/pki/${name}.crt`]: ca.certificatePem,
    [`/etc/kubernetes/pki/${name}.key`]: ca.privateKeyPem,
  });
  pki = {
    ...pair("ca"),
    ...pair("etcd/ca"),
    ...pair("front-proxy-ca"),
    "/etc/kubernetes/pki/sa.key": keys.privateKeyPem,
    "/etc/kubernetes/pki/sa.pub": keys.publicKeyPem,
  };
  pin = (await publicKeyPins(ca.certificatePem))[0] ?? "";
});

const userData = (files: { readonly [path: string]: string }, command: string): string =>
  [
    "## template: jinja",
    "#cloud-config",
    "",
    "write_files:",
    ...Object.entries(files).flatMap(([path, content]) => [
      `-   path: ${path}`,
      "    content: |",
      ...content.split("\n").map((line) => `      ${line}`),
    ]),
    "runcmd:",
    `  - '${command} && echo success > /run/cluster-api/bootstrap-success.complete'`,
  ].join("\n");

/** The same for Ignition, which knows neither templates nor commands: a unit runs a script. */
const ignitionData = (files: { readonly [path: string]: string }, before: readonly string[] = []): string => {
  const config = "/etc/kubeadm.yml";
  const script = [
    "#!/bin/bash",
    "set -e",
    ...before,
    `kubeadm init --config ${config} `,
    "mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete",
    `mv ${config} /tmp/`,
  ];
  const file = (path: string, content: string) => ({
    filesystem: "root",
    path,
    contents: { source: `data:,${encodeURIComponent(content)}` },
    mode: 384,
  });
  const unit = `[Unit]\nConditionPathExists=${config}\n[Service]\nType=oneshot\nExecStart=/etc/kubeadm.sh\n[Install]\nWantedBy=multi-user.target\n`;
  return JSON.stringify({
    ignition: { version: "2.3.0" },
    storage: {
      files: [
        ...Object.entries(files).map(([path, content]) => file(path, content)),
        file("/etc/kubeadm.sh", `${script.join("\n")}\n`),
      ],
    },
    systemd: {
      units: [
        { name: "kubeadm.service", enabled: true, contents: unit },
        { name: "ntpd.service", enabled: true },
      ],
    },
  });
};
const clusterYaml = (node: string) =>
  `---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.32.5\ncontrolPlaneEndpoint: ${endpoint}\n---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration:\n  name: ${node}\n  kubeletExtraArgs:\n    cloud-provider: external\n`;

const registration = (taints = "") =>
  `nodeRegistration:\n  name: "{{ ds.meta_data.local_hostname }}"\n${taints}  kubeletExtraArgs:\n    cloud-provider: external\n    provider-id: openstack:///{{ instance_id }}\n`;

const initData = (files = pki) =>
  userData(
    {
      ...files,
      "/run/kubeadm/kubeadm.yaml": `---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.32.5\ncontrolPlaneEndpoint: ${endpoint}\n---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n${registration()}`,
    },
    "kubeadm init --config /run/kubeadm/kubeadm.yaml ",
  );

/** A control plane that believes two authorities. */
const twoAuthorities = async (files: { readonly [path: string]: string } = {}, argument = '"profiling": "false"') => {
  const { certificatePem: second } = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), { now });
  const bundle = `${pki["/etc/kubernetes/pki/ca.crt"]}${second}`;
  const all = world();
  all.network.backends.push("id-cp-1");
  const data = initData({ ...pki, ...files, "/etc/kubernetes/pki/ca.crt": bundle }).replace(
    "kind: ClusterConfiguration",
    `kind: ClusterConfiguration\n      controllerManager: {extraArgs: {${argument}}}`,
  );
  all.guests.powerOn(server("cp-1", data));
  await booted(all.guests, "cp-1");
  const cluster = all.guests.clusters()[0];
  if (cluster === undefined) throw new Error(consoleOf(all.guests, "cp-1"));
  return { ...all, bundle, second, cluster };
};

const joinData = (options: { readonly controlPlane?: boolean; readonly token?: string; readonly hash?: string } = {}) =>
  userData(
    {
      ...(options.controlPlane ? pki : {}),
      "/run/kubeadm/kubeadm-join-config.yaml": `---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\n${options.controlPlane ? "controlPlane: {}\n" : ""}discovery:\n  bootstrapToken:\n    apiServerEndpoint: ${endpoint}\n    token: ${options.token ?? "abcdef.0123456789abcdef"}\n    caCertHashes: ["${options.hash ?? pin}"]\n${registration()}`,
    },
    "kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml ",
  );

const server = (name: string, data: string, image = "ubuntu-2204-kube-v1.32.5"): GuestServer => ({
  id: `id-${name}`,
  name,
  projectId: "p",
  userData: data,
  availabilityZone: "nova",
  image: { id: "i", name: image, properties: {} },
  flavor: { name: "m1.medium", vcpus: 2, ramMiB: 4096, diskGiB: 40 },
  addresses: ["10.6.0.5"],
  metadata: {},
  firstBoot: true,
});

/** A network in which every control plane server is behind the one endpoint. */
const oneEndpoint = (): CloudNetwork & { readonly backends: string[] } => {
  const backends: string[] = [];
  return {
    backends,
    route: (address, port) => (`${address}:${port}` === endpoint ? backends.map((serverId) => ({ serverId, port: 6443 })) : []),
    publicEndpoints: () => [],
    onChange: () => () => undefined,
  };
};

const world = (stores = createMemoryStores(), network = oneEndpoint()) => {
  const clock = createVirtualClock({ start: now });
  const guests = createGuests({
    network: () => network,
    openApi: openServedApis({ stores, clock: systemClock }),
    records: storedRecords(stores.store("guests")),
    clock,
    settings: fastGuests,
    log: silentLog,
  });
  return { guests, network, clock, stores };
};

const consoleOf = (guests: Guests, name: string) => guests.consoleOutput(`id-${name}`).join("\n");

/** Boots end on their own; every await in them is a microtask or the store's. */
const until = async (what: () => boolean) => {
  for (let turn = 0; turn < 500 && !what(); turn++) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(what()).toBe(true);
};
const booted = (guests: Guests, name: string) =>
  until(() => /(Cloud-init|Ignition) finished|WARNING/.test(consoleOf(guests, name)));

const addToken = (guests: Guests, extra: { readonly [key: string]: string } = {}) => {
  const data = {
    "token-id": "abcdef",
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
    ...extra,
  };
  return guests.clusters()[0]?.api.admin.create(Secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: "kube-system", name: "bootstrap-token-abcdef" },
    type: "bootstrap.kubernetes.io/token",
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, btoa(value)])),
  });
};

const initialised = async () => {
  const all = world();
  all.network.backends.push("id-cp-1");
  all.guests.powerOn(server("cp-1", initData()));
  await booted(all.guests, "cp-1");
  const cluster = all.guests.clusters()[0];
  if (cluster === undefined) throw new Error(consoleOf(all.guests, "cp-1"));
  return { ...all, cluster };
};

describe("a control plane server", () => {
  test("boots into a cluster: Node with provider id, static pods, kubeadm's objects [SIM-016, SIM-018, SIM-020, SIM-022]", async () => {
    const { cluster } = await initialised();
    const { admin } = cluster.api;
    const node = await admin.get(Node, { name: "cp-1" });
    expect(node.spec).toMatchObject({
      providerID: "openstack:///id-cp-1",
      taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
    });
    expect(node.metadata.labels).toMatchObject({ "node-role.kubernetes.io/control-plane": "" });
    expect(node.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
      status: "True",
      reason: "KubeletReady",
    });
    const pods = await admin.list(Pod, { namespace: "kube-system", labelSelector: "tier=control-plane" });
    expect(pods.items.map((pod) => [pod.metadata.name, pod.status?.phase])).toEqual(
      ["etcd-cp-1", "kube-apiserver-cp-1", "kube-controller-manager-cp-1", "kube-scheduler-cp-1"].map((name) => [
        name,
        "Running",
      ]),
    );
    const config = await admin.get(ConfigMap, { namespace: "kube-system", name: "kubeadm-config" });
    expect(config.data?.["ClusterConfiguration"]).toContain("kubernetesVersion: v1.32.5");
    expect(cluster.record().etcd.members).toMatchObject([{ name: "cp-1", serverId: "id-cp-1" }]);
  });

  test("serves with a certificate for the cluster's endpoint, signed by the cluster's CA", async () => {
    const { guests } = await initialised();
    const connected = guests.connect("127.77.0.10", 6443);
    expect(readCertificate(connected?.node.serving?.certificatePem ?? "").sans).toEqual(
      expect.arrayContaining(["127.77.0.10", "cp-1", "10.96.0.1"]),
    );
  });

  test.each([
    [
      "a missing CA key",
      (files: { [path: string]: string }) => ({ ...files, "/etc/kubernetes/pki/ca.key": "" }),
      "couldn't load /etc/kubernetes/pki/ca.key",
    ],
    [
      "a certificate that is none",
      (files: { [path: string]: string }) => ({ ...files, "/etc/kubernetes/pki/ca.crt": "hello" }),
      "couldn't load /etc/kubernetes/pki/ca.crt",
    ],
  ])("with %s does not come up, and its console says why", async (_, breakFiles, reason) => {
    const { guests } = world();
    guests.powerOn(server("cp-1", initData(breakFiles(pki))));
    await booted(guests, "cp-1");
    expect(consoleOf(guests, "cp-1")).toContain(reason);
    expect(guests.clusters()).toEqual([]);
  });

  test("with a key that is not of its authority does not come up", async () => {
    const { guests } = world();
    const other = await generateKeyPair("ecdsa-p256");
    guests.powerOn(server("cp-1", initData({ ...pki, "/etc/kubernetes/pki/ca.key": other.privateKeyPem })));
    await booted(guests, "cp-1");
    expect(consoleOf(guests, "cp-1")).toContain("ca.key: x509: provided PrivateKey doesn't match parent's PublicKey");
  });

  test("with two authorities in ca.crt signs by the first and believes both; its controller manager wants one in a file of its own", async () => {
    const { guests, bundle, cluster } = await twoAuthorities();
    const [node] = [guests.connect("127.77.0.10", 6443)?.node];
    expect(await isSignedBy(node?.serving?.certificatePem ?? "", pki["/etc/kubernetes/pki/ca.crt"] ?? "")).toBe(true);
    expect(node?.trust?.apiServer?.clients).toEqual(await publicKeyPins(bundle));
    expect(node?.trust?.signer).toBeUndefined();
    expect(consoleOf(guests, "cp-1")).toContain("expected 1 certificate, found 2");
    const pod = await cluster.api.admin.get(Pod, { namespace: "kube-system", name: "kube-controller-manager-cp-1" });
    expect(pod.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("False");
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    await addToken(guests);
    guests.powerOn(server("w-1", joinData()));
    await booted(guests, "w-1");
    expect(consoleOf(guests, "w-1")).toContain("no controller manager signs its certificate");

    const file = "/etc/kubernetes/pki/signer.crt";
    const mended = await twoAuthorities(
      { [file]: pki["/etc/kubernetes/pki/ca.crt"] ?? "" },
      `"cluster-signing-cert-file": ${file}`,
    );
    await addToken(mended.guests);
    mended.guests.powerOn(server("w-1", joinData({ hash: (await publicKeyPins(mended.second))[0] ?? "" })));
    await booted(mended.guests, "w-1");
    expect(consoleOf(mended.guests, "w-1")).toContain("This node has joined the cluster");
    // A kubelet of the founding node believes the first alone, as kubeadm has it; all here is signed by the first.
    expect(mended.guests.mistrust(mended.cluster)).toEqual([]);
  });

  test("that reads Ignition becomes a Node by a unit that runs once [BOOT-145]", async () => {
    const { guests, network } = world();
    network.backends.push("id-cp-1");
    guests.powerOn(server("cp-1", ignitionData({ ...pki, "/etc/kubeadm.yml": clusterYaml("cp-1") })));
    await booted(guests, "cp-1");
    expect(consoleOf(guests, "cp-1")).toMatch(/systemd\[1\]: Finished kubeadm.service.\n[^\n]*Ignition finished\./);
    const node = await guests.clusters()[0]?.api.admin.get(Node, { name: "cp-1" });
    expect(node?.metadata.labels).toMatchObject({ "node-role.kubernetes.io/control-plane": "" });
  });

  test("that reads Ignition goes no further than the first command that fails [BOOT-144]", async () => {
    const { guests } = world();
    guests.powerOn(server("cp-1", ignitionData({ ...pki, "/etc/kubeadm.yml": clusterYaml("cp-1") }, ["false"])));
    await booted(guests, "cp-1");
    expect(consoleOf(guests, "cp-1")).toContain("kubeadm.service: Failed with result 'exit-code'");
    expect(consoleOf(guests, "cp-1")).toContain("this server is not a node");
    expect(guests.clusters()).toEqual([]);
  });

  test.each([
    ['{"ignition": {"version": "3.4.0"}}', "unsupported config version"],
    ['{"ignition": {"version": "2.3.0"}, "storage": {"files": [{"path": "a", "filesystem": "root"}]}}', "path not absolute"],
    ['{"ignition": ', "failed to parse config"],
  ])("that Ignition refuses does not boot: %s", async (userData, text) => {
    const { guests } = world();
    guests.powerOn(server("cp-1", userData));
    await booted(guests, "cp-1");
    expect(consoleOf(guests, "cp-1")).toContain(text);
  });

  test("of an image without Kubernetes has no kubeadm to run", async () => {
    const { guests } = world();
    guests.powerOn(server("cp-1", initData(), "debian-12"));
    await booted(guests, "cp-1");
    expect(consoleOf(guests, "cp-1")).toContain("kubeadm: not found");
  });
});

describe("joining", () => {
  test("a second control plane server becomes an etcd member, a worker only a Node", async () => {
    const { guests, cluster } = await initialised();
    await addToken(guests);
    guests.powerOn(server("cp-2", joinData({ controlPlane: true })));
    guests.powerOn(server("w-1", joinData()));
    await booted(guests, "cp-2");
    await booted(guests, "w-1");
    expect(cluster.record().etcd.members.map(({ name }) => name)).toEqual(["cp-1", "cp-2"]);
    const nodes = await cluster.api.admin.list(Node);
    expect(nodes.items.map((node) => node.metadata.name)).toEqual(["cp-1", "cp-2", "w-1"]);
    expect(nodes.items[2]?.spec?.taints ?? []).toEqual([]);
  });

  test.each([
    ["an unknown token", { token: "aaaaaa.0123456789abcdef" }, {}, "could not find a JWS signature"],
    ["a wrong secret", { token: "abcdef.ffffffffffffffff" }, {}, "Unauthorized"],
    ["an expired token", {}, { expiration: "2020-01-01T00:00:00Z" }, "expired at 2020-01-01T00:00:00Z"],
    ["another CA's pin", { hash: `sha256:${"0".repeat(64)}` }, {}, "none of the public keys"],
  ])("is refused with %s", async (_, join, token, reason) => {
    const { guests, cluster } = await initialised();
    await addToken(guests, token);
    guests.powerOn(server("w-1", joinData(join)));
    await booted(guests, "w-1");
    expect(consoleOf(guests, "w-1")).toContain(reason);
    expect((await cluster.api.admin.list(Node)).items).toHaveLength(1);
  });

  test("waits five minutes for an API server that nobody serves, then gives up", async () => {
    const { guests, clock } = world();
    guests.powerOn(server("w-1", joinData()));
    for (let minute = 0; minute < 12; minute++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await clock.advance(30_000);
    }
    await booted(guests, "w-1");
    expect(consoleOf(guests, "w-1")).toContain("connect: connection refused");
  });
});

describe("an authority that was exchanged without care", () => {
  /** Another control plane that believes both authorities and serves by the new one; the worker believes the old one alone. */
  const careless = async () => {
    const all = await initialised();
    await addToken(all.guests);
    all.guests.powerOn(server("w-1", joinData()));
    await booted(all.guests, "w-1");
    const keys = await generateKeyPair("ecdsa-p256");
    const fresh = await createCertificateAuthority(keys, { now, commonName: "fresh" });
    const files = {
      ...pki,
      "/etc/kubernetes/pki/ca.crt": `${fresh.certificatePem}${pki["/etc/kubernetes/pki/ca.crt"]}`,
      "/etc/kubernetes/pki/ca.key": keys.privateKeyPem,
    };
    const data = Object.entries(files).reduce(
      (text, [path, content]) =>
        text.replace(
          "write_files:",
          `write_files:\n-   path: ${path}\n    content: |\n${content
            .split("\n")
            .map((line) => `      ${line}`)
            .join("\n")}`,
        ),
      joinData({ controlPlane: false }).replace("discovery:", "controlPlane: {}\n      discovery:"),
    );
    all.guests.powerOn(server("cp-2", data));
    await booted(all.guests, "cp-2");
    expect(consoleOf(all.guests, "cp-2")).toContain("This node has joined the cluster");
    return all;
  };
  const readyOf = async ({ cluster }: Awaited<ReturnType<typeof careless>>, name: string) =>
    (await cluster.api.admin.get(Node, { name })).status?.conditions?.find(({ type }) => type === "Ready")?.status;

  test("makes nodes fall silent that do not believe an API server, until that one is gone", async () => {
    const all = await careless();
    expect(all.guests.mistrust(all.cluster).filter(({ node }) => node === "w-1")).toMatchObject([
      { part: "kubelet", message: expect.stringContaining("API server of cp-2: tls: failed to verify certificate") },
      { part: "logs" },
    ]);
    expect(await readyOf(all, "w-1")).toBe("True");
    await all.clock.advance(41_000);
    await expect.poll(() => readyOf(all, "w-1")).toBe("Unknown");
    const member = all.cluster.record().etcd.members.find(({ name }) => name === "cp-2");
    await all.cluster.removeEtcdMember(member?.id ?? "");
    all.guests.destroy("id-cp-2");
    await expect.poll(() => readyOf(all, "w-1")).toBe("True");
    expect(all.guests.mistrust(all.cluster)).toEqual([]);
  });

  test("keeps out whoever joins by it and believes the old one alone", async () => {
    const all = await careless();
    all.guests.powerOn(server("w-2", joinData()));
    await booted(all.guests, "w-2");
    expect(consoleOf(all.guests, "w-2")).toContain("x509: certificate signed by unknown authority");
  });
});

describe("power", () => {
  test("losing two of three control plane servers ends the API; one back brings it back", async () => {
    const { guests, cluster } = await initialised();
    await addToken(guests);
    for (const name of ["cp-2", "cp-3"]) {
      guests.powerOn(server(name, joinData({ controlPlane: true })));
      await booted(guests, name);
    }
    guests.powerOff("id-cp-1");
    expect(cluster.isServing()).toBe(true);
    guests.powerOff("id-cp-2");
    expect(cluster.isServing()).toBe(false);
    guests.powerOn({ ...server("cp-2", ""), firstBoot: false });
    expect(cluster.isServing()).toBe(true);
  });

  test("a silent node is Unknown after the grace period, and Ready when it is back", async () => {
    const { guests, cluster, clock } = await initialised();
    await addToken(guests);
    guests.powerOn(server("w-1", joinData()));
    await booted(guests, "w-1");
    const readyOf = async () =>
      (await cluster.api.admin.get(Node, { name: "w-1" })).status?.conditions?.find(({ type }) => type === "Ready")?.status;
    guests.powerOff("id-w-1");
    await clock.advance(41_000);
    await expect.poll(readyOf).toBe("Unknown");
    guests.powerOn({ ...server("w-1", ""), firstBoot: false });
    await expect.poll(readyOf).toBe("True");
  });

  test("with the last control plane server the cluster's data goes", async () => {
    const { guests, stores } = await initialised();
    expect(stores.names()).toContain("workload-id-cp-1");
    guests.destroy("id-cp-1");
    await expect.poll(() => stores.names().join()).not.toContain("workload-");
    expect(guests.clusters()).toEqual([]);
  });

  test("after a restart of the program clusters and nodes are there again, and cloud-init does not run twice", async () => {
    const before = await initialised();
    // No closing: the program was killed.
    const after = world(before.stores, before.network);
    await after.guests.restore();
    after.guests.powerOn({ ...server("cp-1", "#!/bin/false"), firstBoot: false });
    expect(after.guests.connect("127.77.0.10", 6443)?.node.name).toBe("cp-1");
    const nodes = await after.guests.clusters()[0]?.api.admin.list(Node);
    expect(nodes?.items.map((node) => node.metadata.name)).toEqual(["cp-1"]);
  });
});
