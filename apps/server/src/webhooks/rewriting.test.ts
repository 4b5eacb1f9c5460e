import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Door, doors } from "./testing/doors.ts";

/** What is stored of an object is what upstream's types would make of it, whichever way it came. */

const bootstrap = "/apis/bootstrap.cluster.x-k8s.io/v1beta1/namespaces/default";
const controlPlane = "/apis/controlplane.cluster.x-k8s.io/v1beta1/namespaces/default";
const applied = (manager: string) => `?fieldManager=${manager}`;
const apply = "application/apply-patch+yaml";
const merge = "application/merge-patch+json";

const config = (name: string, spec?: object) => ({
  apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmConfig",
  metadata: { name },
  ...(spec === undefined ? {} : { spec }),
});
const plane = (name: string, kubeadmConfigSpec: object, more: object = {}) => ({
  apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmControlPlane",
  metadata: { name },
  spec: {
    version: "v1.33.1",
    replicas: 1,
    machineTemplate: { infrastructureRef: { apiVersion: "i/v1", kind: "T", name: "t" } },
    kubeadmConfigSpec,
    ...more,
  },
});

const emptyBlocks = { apiServer: {}, controllerManager: {}, scheduler: {}, dns: {}, etcd: {}, networking: {} };

describe.each(doors)("%s", (_name, open) => {
  let door: Door;
  beforeAll(async () => {
    door = await open();
  }, 60_000);
  afterAll(() => door.close());

  test("zeros that say nothing go, blocks that are always written come, what means something stays [BOOT-030] [BOOT-023]", async () => {
    const { status, body } = await door.call(
      "POST",
      `${bootstrap}/kubeadmconfigs`,
      config("zeros", {
        files: [
          { path: "/a", append: false, content: "", owner: "" },
          { path: "/b", append: true },
        ],
        users: [{ name: "u", lockPassword: false, inactive: null, gecos: "x", sshAuthorizedKeys: [] }],
        ntp: { enabled: false, servers: [] },
        diskSetup: { partitions: [{ device: "/dev/vdb", layout: false, overwrite: false }], filesystems: [] },
        mounts: [],
        preKubeadmCommands: [],
        verbosity: 0,
        useExperimentalRetryJoin: false,
        clusterConfiguration: {
          apiServer: { extraArgs: {}, certSANs: [], timeoutForControlPlane: "240s" },
          etcd: { local: { extraArgs: {} } },
          featureGates: { A: false },
        },
        initConfiguration: {
          bootstrapTokens: [{ token: "abcdef.0123456789abcdef", ttl: "90m" }],
          nodeRegistration: { taints: [] },
        },
        joinConfiguration: {
          controlPlane: {},
          nodeRegistration: { name: "", imagePullSerial: false, ignorePreflightErrors: [] },
          discovery: { bootstrapToken: { token: "", unsafeSkipCAVerification: false } },
        },
      }),
    );
    expect(status).toBe(201);
    expect(body.spec).toEqual({
      format: "cloud-config",
      files: [{ path: "/a" }, { path: "/b", append: true }],
      users: [{ name: "u", lockPassword: false, gecos: "x" }],
      ntp: { enabled: false },
      diskSetup: { partitions: [{ device: "/dev/vdb", layout: false, overwrite: false }] },
      verbosity: 0,
      clusterConfiguration: {
        ...emptyBlocks,
        apiServer: { timeoutForControlPlane: "4m0s" },
        etcd: { local: {} },
        featureGates: { A: false },
      },
      initConfiguration: {
        bootstrapTokens: [{ token: "abcdef.0123456789abcdef", ttl: "1h30m0s" }],
        nodeRegistration: { taints: [], imagePullPolicy: "IfNotPresent" },
        localAPIEndpoint: {},
      },
      joinConfiguration: {
        controlPlane: { localAPIEndpoint: {} },
        nodeRegistration: { imagePullSerial: false, imagePullPolicy: "IfNotPresent" },
        discovery: { bootstrapToken: {} },
      },
    });
    expect(body.status).toBeUndefined();
  });

  test("an unknown field is gone, with a warning to whoever sent it [BOOT-030]", async () => {
    const path = `${bootstrap}/kubeadmconfigs?fieldValidation=Warn`;
    const { body, warnings } = await door.call("POST", path, config("unknown", { nosuch: 1, ntp: { nosuch: {} } }));
    expect(body.spec).toEqual({ format: "cloud-config", ntp: {} });
    expect(warnings).toEqual([`unknown field \\"spec.nosuch\\"`, `unknown field \\"spec.ntp.nosuch\\"`]);
  });

  test("templates and control planes are written the same way, wherever the block stands [BOOT-030] [KCP-017]", async () => {
    const template = {
      ...{ apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfigTemplate", metadata: { name: "t" } },
      spec: { template: { spec: { clusterConfiguration: {}, files: [{ path: "/a", append: false }] } } },
    };
    expect((await door.call("POST", `${bootstrap}/kubeadmconfigtemplates`, template)).body.spec).toEqual({
      template: { metadata: {}, spec: { format: "cloud-config", clusterConfiguration: emptyBlocks, files: [{ path: "/a" }] } },
    });
    const more = { remediationStrategy: {}, rolloutBefore: {}, rolloutAfter: "2026-01-01T02:00:00+02:00" };
    const made = await door.call(
      "POST",
      `${controlPlane}/kubeadmcontrolplanes`,
      plane("written", { clusterConfiguration: {}, initConfiguration: {} }, more),
    );
    expect(made.body.spec).toMatchObject({
      machineTemplate: { metadata: {} },
      remediationStrategy: { retryPeriod: "0s" },
      rolloutBefore: {},
      rolloutAfter: "2026-01-01T00:00:00Z",
      kubeadmConfigSpec: { clusterConfiguration: emptyBlocks, initConfiguration: { localAPIEndpoint: {} } },
    });
    const planeTemplate = {
      ...{ apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlaneTemplate", metadata: { name: "t" } },
      spec: { template: { spec: { kubeadmConfigSpec: { joinConfiguration: {} }, machineTemplate: {} } } },
    };
    expect((await door.call("POST", `${controlPlane}/kubeadmcontrolplanetemplates`, planeTemplate)).body.spec).toEqual({
      template: {
        metadata: {},
        spec: {
          machineTemplate: { metadata: {} },
          rolloutStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
          kubeadmConfigSpec: {
            format: "cloud-config",
            joinConfiguration: { nodeRegistration: { imagePullPolicy: "IfNotPresent" }, discovery: {} },
          },
        },
      },
    });
  });

  test("what the rewriting adds belongs to nobody, and applying twice changes nothing [BOOT-030] [API-268]", async () => {
    const path = `${bootstrap}/kubeadmconfigs/applied`;
    const sent = config("applied", {
      clusterConfiguration: { clusterName: "c", featureGates: {} },
      joinConfiguration: {},
      useExperimentalRetryJoin: false,
    });
    const first = (await door.call("PATCH", `${path}${applied("ann")}`, sent, apply)).body;
    expect(first.spec.clusterConfiguration).toEqual({ ...emptyBlocks, clusterName: "c" });
    expect(first.metadata.managedFields).toMatchObject([{ manager: "ann", operation: "Apply" }]);
    expect(first.metadata.managedFields[0].fieldsV1["f:spec"]).toEqual({
      "f:clusterConfiguration": { "f:clusterName": {}, "f:featureGates": {} },
      "f:joinConfiguration": {},
      "f:useExperimentalRetryJoin": {},
    });
    const second = (await door.call("PATCH", `${path}${applied("ann")}`, sent, apply)).body;
    expect(second.metadata).toEqual(first.metadata);
    const dry = (await door.call("PATCH", `${path}${applied("ann")}&dryRun=All`, sent, apply)).body;
    expect(dry).toEqual(first);
    const other = config("applied", { clusterConfiguration: { dns: { imageTag: "v1.12.0" } } });
    const third = (await door.call("PATCH", `${path}${applied("bob")}`, other, apply)).body;
    expect(third.spec.clusterConfiguration).toMatchObject({ clusterName: "c", dns: { imageTag: "v1.12.0" } });
    const gone = (await door.call("PATCH", `${path}${applied("bob")}`, config("applied", {}), apply)).body;
    expect(gone.spec.clusterConfiguration).toEqual({ ...emptyBlocks, clusterName: "c" });
  });

  test("an edit that leaves out what the rewriting adds, or sends it back, changes nothing [BOOT-030]", async () => {
    const path = `${controlPlane}/kubeadmcontrolplanes`;
    const made = (await door.call("POST", path, plane("same", { clusterConfiguration: { clusterName: "c" } }))).body;
    const edited = (await door.call("PUT", `${path}/same`, made)).body;
    expect(edited.metadata).toEqual(made.metadata);
    const { clusterConfiguration, ...rest } = made.spec.kubeadmConfigSpec;
    const bare = { ...made, spec: { ...made.spec, kubeadmConfigSpec: { ...rest, clusterConfiguration: { clusterName: "c" } } } };
    const replaced = (await door.call("PUT", `${path}/same`, bare)).body;
    expect(replaced.spec.kubeadmConfigSpec.clusterConfiguration).toEqual(clusterConfiguration);
    expect(replaced.metadata.generation).toBe(1);
    expect(replaced.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    const nulled = await door.call(
      "PATCH",
      `${path}/same`,
      { spec: { kubeadmConfigSpec: { clusterConfiguration: { dns: null } } } },
      merge,
    );
    expect(nulled.body.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  });

  test.each([
    [
      "a token that kubeadm would not take [BOOT-024]",
      { initConfiguration: { bootstrapTokens: [{ token: "ABCDEF.0123456789abcdef" }] } },
      'bootstrapTokens[0].token: the bootstrap token "ABCDEF.0123456789abcdef" was not of the form',
    ],
    [
      "a token too short [BOOT-024]",
      { initConfiguration: { bootstrapTokens: [{ token: "abcde.0123456789abcdef" }] } },
      "was not of the form",
    ],
    ["an empty token [BOOT-024]", { initConfiguration: { bootstrapTokens: [{ token: "" }] } }, "was not of the form"],
    [
      "what is no duration [BOOT-018]",
      { initConfiguration: { bootstrapTokens: [{ token: "abcdef.0123456789abcdef", ttl: "a day" }] } },
      'bootstrapTokens[0].ttl: time: invalid duration "a day"',
    ],
  ])("%s is refused before anything is judged", async (_what, spec, text) => {
    const asConfig = await door.call("POST", `${bootstrap}/kubeadmconfigs`, config("undecodable", spec));
    expect(asConfig).toMatchObject({ status: 400, body: { code: 400 } });
    expect(asConfig.body.message).toContain(text);
    const asPlane = await door.call("POST", `${controlPlane}/kubeadmcontrolplanes`, plane("undecodable", spec));
    expect(asPlane).toMatchObject({ status: 400 });
    expect(asPlane.body.message).toContain(text);
  });
});
