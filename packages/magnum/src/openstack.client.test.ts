import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { customKinds, Machine, MagnumCluster, Secret } from "@slipway/api";
import { type CertificateAuthority, createCertificateAuthority, issueCertificate } from "@slipway/api/pki/certificates.ts";
import { freshKeys, generateKeyPair } from "@slipway/api/pki/keys.ts";
import { readKubeconfig } from "@slipway/api/pki/kubeconfig.ts";
import { textToBase64 } from "@slipway/api/pki/pem.ts";
import { createApiInMemory } from "@slipway/apiserver";
import { createCloudConnector } from "@slipway/openstack";
import { runControllers, silentLog, systemClock } from "@slipway/runtime";
import { defaultSettings as cloudDefaults, createCloud, memoryCloudStorage, seedUsers } from "@slipway/sim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDriver } from "./driver/index.ts";
import { revokeWith } from "./driver/revoke.ts";
import { createMagnum, type Magnum } from "./http/server.ts";
import { defaultSettings } from "./settings.ts";
import { type CapiPlayer, createCapiPlayer } from "./testing/capi.ts";
import { listen } from "./testing/listen.node.ts";

const OPENSTACK = "/usr/bin/openstack";
if (!existsSync(OPENSTACK) && process.env["CI"] === "true")
  throw new Error(`${OPENSTACK} is missing: install python3-openstackclient and python3-magnumclient`);

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), "magnum-client-"));
const closing: (() => unknown)[] = [];

let capi: CapiPlayer;
let authority: CertificateAuthority;
let kubernetes: { readonly host: string; readonly port: number };

/** What `openstack` prints. @throws with what it complains about */
const openstack = async (...args: string[]): Promise<string> => {
  try {
    const { stdout } = await run(OPENSTACK, args, {
      cwd: directory,
      env: {
        PATH: "/usr/bin:/bin",
        SHELL: "/bin/sh",
        HOME: directory,
        OS_CLIENT_CONFIG_FILE: join(directory, "clouds.yaml"),
        OS_CLOUD: "demo",
      },
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`openstack ${args.join(" ")}: ${stderr}${stdout}`);
  }
};
const shown = async (...args: string[]) => JSON.parse(await openstack(...args, "-f", "json"));
const stackOf = async (name: string): Promise<string> =>
  (await capi.list(MagnumCluster)).find(({ spec }) => spec.name === name)?.metadata.name ?? "";

beforeAll(async () => {
  let magnum: Magnum | undefined;
  let cloudFetch: ((request: Request) => Promise<Response>) | undefined;
  const starting = async () => new Response("starting", { status: 503 });
  const cloudServer = await listen((incoming) => (cloudFetch ?? starting)(incoming));
  const magnumServer = await listen((incoming) => (magnum?.fetch ?? starting)(incoming));
  closing.push(cloudServer.close, magnumServer.close);

  const base = (service: string) => `${cloudServer.url}/${service}`;
  const cloud = await createCloud({
    storage: memoryCloudStorage(),
    clock: systemClock,
    log: silentLog,
    guests: () => ({ powerOn: () => {}, powerOff: () => {}, stopKubelet: () => {}, destroy: () => {}, consoleOutput: () => [] }),
    settings: cloudDefaults({
      users: seedUsers({ admin: "a", demo: "d", magnum: "m" }),
      endpoints: {
        scheme: "http",
        host: "127.0.0.1",
        portOffset: 0,
        baseUrls: {
          identity: base("identity"),
          compute: base("compute"),
          network: base("network"),
          image: base("image"),
          loadbalancer: base("load-balancer"),
          volume: base("volume"),
          containerInfra: magnumServer.url,
        },
      },
    }),
  });
  cloudFetch = cloud.fetch;
  closing.push(cloud.stop);

  const authUrl = `${base("identity")}/v3`;
  const entry = (user: string, password: string, project: string) =>
    `{auth: {auth_url: ${authUrl}, username: ${user}, password: ${password}, project_name: ${project}, user_domain_name: Default, project_domain_name: Default}, region_name: RegionOne}`;
  const cloudsYaml = `clouds: {demo: ${entry("demo", "d", "demo")}, admin: ${entry("admin", "a", "admin")}, magnum: ${entry("magnum", "m", "service")}}\n`;
  writeFileSync(join(directory, "clouds.yaml"), cloudsYaml);

  const api = await createApiInMemory({ kinds: customKinds });
  const connect = createCloudConnector({ transportFor: () => cloud.transport, now: () => new Date() });
  const settings = { ...defaultSettings, authUrl, publicAuthUrl: authUrl };
  const revokeCredential = revokeWith(connect({ cloudsYaml, cloudName: "magnum" }));
  const running = runControllers([createDriver({ connect, revokeCredential, settings, keys: freshKeys("ecdsa-p256") })], {
    client: api.client,
    clock: systemClock,
    log: silentLog,
  });
  await running.ready;
  closing.push(running.stop, api.close);
  magnum = createMagnum({ client: running.client, transport: cloud.transport, clock: systemClock, log: silentLog, settings });

  authority = await createCertificateAuthority(await generateKeyPair("rsa-2048"), { now: new Date() });
  const kubernetesServer = await listenAsKubernetes(authority);
  closing.push(kubernetesServer.close);
  kubernetes = { host: "127.0.0.1", port: kubernetesServer.port };
  capi = createCapiPlayer(api.client, running, kubernetes);
  removeMachine = async (name) => {
    await api.client.delete(Machine, { namespace: "magnum-system", name });
  };
  makeAuthority = async (stack) => {
    await api.client.create(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${stack}-ca`, namespace: "magnum-system", labels: { "cluster.x-k8s.io/cluster-name": stack } },
      data: { "tls.crt": textToBase64(authority.certificatePem), "tls.key": textToBase64(authority.privateKeyPem) },
    });
  };
});
let makeAuthority: (stack: string) => Promise<void>;
let removeMachine: (name: string) => Promise<void>;

afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(directory, { recursive: true, force: true });
});

/** A server that lets in whoever has a certificate of this authority, and says who that is: what a Kubernetes API does first. */
const listenAsKubernetes = async (ca: CertificateAuthority) => {
  const { certificatePem, privateKeyPem } = await issueCertificate(
    ca,
    { commonName: "kube-apiserver", sans: ["127.0.0.1"], usages: ["serverAuth"], days: 1 },
    { keys: await generateKeyPair("rsa-2048"), now: new Date() },
  );
  const server = createServer(
    { cert: certificatePem, key: privateKeyPem, ca: ca.certificatePem, requestCert: true, rejectUnauthorized: true },
    (incoming, outgoing) => {
      const { subject } = (incoming.socket as unknown as { getPeerCertificate(): { subject: object } }).getPeerCertificate();
      outgoing.end(JSON.stringify(subject));
    },
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
};

describe.skipIf(!existsSync(OPENSTACK))("Debian's openstack client", () => {
  test("templates: create, list, show, update, delete [MCLI-029] [MCLI-030] [MCLI-031] [MCLI-032] [MCLI-033] [MCLI-034]", async () => {
    const created = await openstack(
      ...["coe", "cluster", "template", "create", "k8s", "--coe", "kubernetes", "--image", "ubuntu-2204-kube-v1.31.1"],
      ...["--external-network", "public", "--flavor", "m1.medium", "--master-flavor", "m1.medium", "--keypair", "demo"],
      ...["--network-driver", "calico", "--master-lb-enabled", "--labels", "kube_tag=v1.31.1"],
    );
    expect(created).toContain("Request to create cluster template k8s accepted");
    await openstack(
      "coe",
      "cluster",
      "template",
      "create",
      "spare",
      "--coe",
      "kubernetes",
      "--image",
      "ubuntu-2204-kube-v1.32.5",
      "--external-network",
      "public",
    );
    expect((await shown("coe", "cluster", "template", "list")).map(({ name }: { name: string }) => name)).toEqual([
      "k8s",
      "spare",
    ]);
    expect(await shown("coe", "cluster", "template", "show", "k8s")).toMatchObject({
      name: "k8s",
      labels: { kube_tag: "v1.31.1" },
      cluster_distro: "ubuntu",
      master_lb_enabled: true,
    });
    expect(
      await openstack(
        "coe",
        "cluster",
        "template",
        "update",
        "spare",
        "replace",
        "tags=a,b",
        "labels=kube_tag=v1.32.5",
        "tls_disabled=False",
      ),
    ).toContain("v1.32.5");
    await expect(
      openstack(
        "coe",
        "cluster",
        "template",
        "create",
        "bad",
        "--coe",
        "kubernetes",
        "--image",
        "nope",
        "--external-network",
        "public",
      ),
    ).rejects.toThrow("Unable to find image nope (HTTP 400)");
    expect(await openstack("coe", "cluster", "template", "delete", "spare")).toContain("has been accepted");
  });

  test("clusters: create, list, show, config, resize, node groups, upgrade, delete [MCLI-001] [MCLI-008] [MCLI-010] [MCLI-012] [MCLI-017] [MCLI-018] [MCLI-019] [MCLI-020] [MCLI-021] [MCLI-022] [MCLI-024] [MCLI-027] [MCLI-035] [MCLI-036] [MCLI-037] [MCLI-039]", async () => {
    await openstack("coe", "cluster", "create", "mine", "--cluster-template", "k8s", "--master-count", "3", "--node-count", "2");
    expect(await shown("coe", "cluster", "show", "mine")).toMatchObject({
      status: "CREATE_IN_PROGRESS",
      node_count: 2,
      master_count: 3,
    });
    await expect(openstack("coe", "cluster", "config", "mine")).rejects.toThrow("certificates of cluster mine are not made yet");

    const stack = await stackOf("mine");
    await makeAuthority(stack);
    await capi.capiCatchesUp(stack);
    expect(await shown("coe", "cluster", "list")).toMatchObject([
      { name: "mine", keypair: "demo", node_count: 2, master_count: 3, status: "CREATE_COMPLETE", health_status: "HEALTHY" },
    ]);
    expect(await shown("coe", "cluster", "show", "mine")).toMatchObject({
      api_address: `https://${kubernetes.host}:${kubernetes.port}`,
      coe_version: "v1.31.1",
    });

    expect(await openstack("coe", "cluster", "config", "mine", "--force", "--output-certs")).toContain("export KUBECONFIG=");
    const kubeconfig = readKubeconfig(readFileSync(join(directory, "config"), "utf8"));
    expect(kubeconfig.certificateAuthorityPem?.trim()).toBe(authority.certificatePem.trim());
    expect(await whoAmI(kubeconfig)).toMatchObject({ CN: "admin", O: "system:masters" });
    expect(await openstack("coe", "ca", "show", "mine")).toContain("BEGIN CERTIFICATE");

    await openstack("coe", "cluster", "resize", "mine", "4");
    expect(await shown("coe", "cluster", "show", "mine")).toMatchObject({ status: "UPDATE_IN_PROGRESS", node_count: 4 });
    await capi.capiCatchesUp(stack);
    expect(await shown("coe", "cluster", "show", "mine")).toMatchObject({ status: "UPDATE_COMPLETE", node_count: 4 });

    expect(
      await openstack("coe", "nodegroup", "create", "mine", "gpu", "--node-count", "1", "--role", "gpu", "--flavor", "m1.large"),
    ).toContain("accepted");
    await capi.capiCatchesUp(stack);
    expect(
      (await shown("coe", "nodegroup", "list", "mine")).map(
        (group: { name: string; status: string }) => `${group.name} ${group.status}`,
      ),
    ).toEqual(["default-master CREATE_COMPLETE", "default-worker UPDATE_COMPLETE", "gpu CREATE_COMPLETE"]);
    expect(await shown("coe", "nodegroup", "show", "mine", "gpu")).toMatchObject({
      flavor_id: "m1.large",
      role: "gpu",
      node_count: 1,
    });
    expect(await openstack("coe", "nodegroup", "update", "mine", "gpu", "replace", "max_node_count=3")).toContain("accepted");
    await capi.capiCatchesUp(stack);
    expect(await openstack("coe", "nodegroup", "delete", "mine", "gpu")).toContain("accepted");
    await capi.capiCatchesUp(stack);
    for (const machine of await capi.list(Machine))
      if (machine.metadata.labels?.["magnum.slipway.dev/node-group"] === "gpu") await removeMachine(machine.metadata.name);
    await capi.capiCatchesUp(stack);
    expect(await shown("coe", "nodegroup", "list", "mine")).toHaveLength(2);

    await openstack(
      ...["coe", "cluster", "template", "create", "newer", "--coe", "kubernetes", "--image", "ubuntu-2204-kube-v1.32.5"],
      ...[
        "--external-network",
        "public",
        "--flavor",
        "m1.medium",
        "--master-flavor",
        "m1.medium",
        "--labels",
        "kube_tag=v1.32.5",
      ],
    );
    await openstack("coe", "cluster", "upgrade", "mine", "newer");
    await capi.capiCatchesUp(stack);
    expect(await shown("coe", "cluster", "show", "mine")).toMatchObject({ status: "UPDATE_COMPLETE", coe_version: "v1.32.5" });

    const servergroups = async () => (await shown("server", "group", "list")).length;
    expect(await servergroups()).toBe(2);
    expect(await openstack("coe", "cluster", "delete", "mine")).toContain("has been accepted");
    await capi.capiDeletes(stack);
    await expect.poll(() => shown("coe", "cluster", "list"), { timeout: 20_000 }).toEqual([]);
    expect(await servergroups()).toBe(0);
    expect(await shown("application", "credential", "list")).toEqual([]);
  }, 400_000);

  test("openstacksdk, which sends no version: templates and clusters at 1.1 [MCLI-043] [MCLI-044]", async () => {
    const script = `
import json, openstack
conn = openstack.connect()
template = conn.create_cluster_template("sdk", image_id="ubuntu-2204-kube-v1.31.1", coe="kubernetes", external_network_id="public",
    flavor_id="m1.medium", master_flavor_id="m1.medium", labels={"kube_tag": "v1.31.1"})
cluster = conn.create_coe_cluster("sdk", template["uuid"], node_count=1)
found = conn.get_coe_cluster("sdk")
conn.update_coe_cluster("sdk", "replace", node_count=2)
print(json.dumps({"template": template["name"], "status": found["status"], "stack": found["stack_id"][:5],
    "names": [c["name"] for c in conn.list_coe_clusters()]}))
conn.delete_coe_cluster("sdk")
`;
    const { stdout } = await run("/usr/bin/python3", ["-c", script], {
      cwd: directory,
      env: { PATH: "/usr/bin:/bin", HOME: directory, OS_CLIENT_CONFIG_FILE: join(directory, "clouds.yaml"), OS_CLOUD: "demo" },
    });
    expect(JSON.parse(stdout)).toEqual({ template: "sdk", status: "CREATE_IN_PROGRESS", stack: "kube-", names: ["sdk"] });
  });

  test("quotas, services, statistics [MCLI-041] [MCLI-042]", async () => {
    const admin = ["--os-cloud", "admin"];
    const { id } = (await shown("project", "show", "demo", ...admin)) as { id: string };
    await openstack("coe", "quotas", "create", "--project-id", id, "--resource", "Cluster", "--hard-limit", "5", ...admin);
    expect(await openstack("coe", "quotas", "show", "--project-id", id, "--resource", "Cluster", ...admin)).toMatch(
      /hard_limit\s*\|\s*5/,
    );
    expect(await shown("coe", "service", "list", ...admin)).toMatchObject([{ binary: "magnum-conductor", state: "up" }]);
    expect(await openstack("coe", "stats", "list", id)).toMatch(/clusters\s*\|\s*\d/);
  });
});

/** Asks with the kubeconfig's certificate, checking the server's against its authority: what kubectl does. */
const whoAmI = (kubeconfig: ReturnType<typeof readKubeconfig>): Promise<object> =>
  new Promise((done, failed) => {
    request(
      kubeconfig.server,
      { ca: kubeconfig.certificateAuthorityPem, cert: kubeconfig.clientCertificatePem, key: kubeconfig.clientKeyPem },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => done(JSON.parse(Buffer.concat(chunks).toString()) as object));
      },
    )
      .on("error", failed)
      .end();
  });
