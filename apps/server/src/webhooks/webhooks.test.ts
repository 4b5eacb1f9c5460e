import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import {
  ApiError,
  type Client,
  ClusterClass,
  Cluster as ClusterKind,
  CustomResourceDefinition,
  crdOf,
  IPAddress,
  KubeadmConfig,
  KubeadmControlPlane,
  type KubeObject,
  MachineSet,
  MutatingWebhookConfiguration,
  OpenStackMachine,
  type Resource,
  Secret,
  type UnstructuredObject,
  ValidatingWebhookConfiguration,
} from "@slipway/api";
import { kindsOf, serviceOf, webhookManifests, webhookProviders } from "@slipway/api/webhooks/index.ts";
import { createApiInMemory, type InMemoryApi } from "@slipway/apiserver";
import { createHttpsCaller, type HttpsCaller } from "@slipway/apiserver/admission/https.node.ts";
import { createLog, systemClock } from "@slipway/runtime";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { identitySecret, webhookIdentity } from "./certificate.ts";
import { type ServedWebhooks, serveWebhooks } from "./serve.ts";

/**
 * An API server that knows our kinds by their CRDs alone, as any Kubernetes would, and our programs beside it: what it asks comes
 * over real TLS, and everything that holds in process holds there too.
 */
let api: InMemoryApi;
let client: Client;
let caller: HttpsCaller;
const served: ServedWebhooks[] = [];
const ports = new Map<string, number>();
const log = createLog({ write: () => undefined, clock: systemClock, level: "error" });

beforeAll(async () => {
  caller = createHttpsCaller({
    resolve: ({ name, namespace }) => {
      const port = ports.get(`${namespace}/${name}`);
      return port === undefined ? undefined : { host: "127.0.0.1", port };
    },
  });
  api = await createApiInMemory({ webhooks: caller, namespaces: webhookProviders.map(({ namespace }) => namespace) });
  client = api.client;
  const crds = webhookProviders.flatMap(kindsOf).map((kind) => crdOf(kind) as unknown as UnstructuredObject);
  await api.registry.publish(crds);
  await api.registry.publish(webhookProviders.flatMap(webhookManifests) as unknown as readonly UnstructuredObject[]);
  for (const provider of webhookProviders) {
    const one = await serveWebhooks({ client, provider, address: "127.0.0.1", port: 0, log, now: () => new Date() });
    served.push(one);
    const { name, namespace } = serviceOf(provider);
    ports.set(`${namespace}/${name}`, one.port);
  }
}, 60_000);
afterAll(async () => {
  for (const one of served) await one.close();
  caller.close();
  await api.close();
});

const refused = async (work: Promise<unknown>): Promise<ApiError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`was not refused: ${String(error)}`);
  return error;
};
const meta = (name: string) => ({ name, namespace: "default" });
const ref = (kind: string, group: string) => ({ apiVersion: `${group}.cluster.x-k8s.io/v1beta1`, kind, name: "x" });

test("configurations name upstream's webhooks and paths, for each provider its own [CORE-141] [BOOT-026] [KCP-013] [CAPO-069] [CAPO-070]", () => {
  const listed = webhookProviders.flatMap((provider) =>
    webhookManifests(provider).flatMap((object) => {
      const {
        kind,
        metadata,
        webhooks = [],
      } = object as unknown as UnstructuredObject & {
        webhooks?: readonly {
          name: string;
          failurePolicy: string;
          matchPolicy: string;
          sideEffects: string;
          admissionReviewVersions: readonly string[];
          clientConfig: { service: { name: string; namespace: string; path: string } };
          rules: readonly { operations: readonly string[]; resources: readonly string[] }[];
        }[];
      };
      return webhooks.map((one) => ({ kind, configuration: metadata.name, ...one }));
    }),
  );
  const find = (name: string) => listed.find((one) => one.name === name);
  expect(find("validation.cluster.cluster.x-k8s.io")).toMatchObject({
    configuration: "capi-validating-webhook-configuration",
    clientConfig: {
      service: { name: "capi-webhook-service", namespace: "capi-system", path: "/validate-cluster-x-k8s-io-v1beta1-cluster" },
    },
    rules: [{ operations: ["CREATE", "UPDATE", "DELETE"], resources: ["clusters"] }],
  });
  expect(find("default.cluster.cluster.x-k8s.io")?.clientConfig.service.path).toBe("/mutate-cluster-x-k8s-io-v1beta1-cluster");
  expect(find("default.kubeadmconfig.bootstrap.cluster.x-k8s.io")).toMatchObject({
    configuration: "capi-kubeadm-bootstrap-mutating-webhook-configuration",
    clientConfig: { service: { path: "/mutate-bootstrap-cluster-x-k8s-io-v1beta1-kubeadmconfig" } },
    rules: [{ operations: ["CREATE", "UPDATE"] }],
  });
  expect(find("validation.kubeadmconfigtemplate.bootstrap.cluster.x-k8s.io")).toBeDefined();
  expect(find("validation-scale.kubeadmcontrolplane.controlplane.cluster.x-k8s.io")).toMatchObject({
    clientConfig: { service: { path: "/validate-scale-controlplane-cluster-x-k8s-io-v1beta1-kubeadmcontrolplane" } },
    rules: [{ operations: ["UPDATE"], resources: ["kubeadmcontrolplanes/scale"] }],
  });
  const capo = listed.filter(({ configuration }) => configuration?.startsWith("capo-"));
  expect(capo.map(({ kind, name }) => `${kind} ${name.split(".")[1]}`).sort()).toEqual(
    ["openstackcluster", "openstackclustertemplate", "openstackmachine", "openstackmachinetemplate", "openstackserver"].map(
      (kind) => `ValidatingWebhookConfiguration ${kind}`,
    ),
  );
  expect(capo.every(({ admissionReviewVersions }) => admissionReviewVersions.join() === "v1beta1")).toBe(true);
  for (const { failurePolicy, matchPolicy, sideEffects } of listed) {
    expect([failurePolicy, matchPolicy, sideEffects]).toEqual(["Fail", "Equivalent", "None"]);
  }
});

test("objects are completed and judged as in process [CORE-136] [CORE-138] [CORE-142]", async () => {
  const made = await client.create(ClusterKind, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: meta("c"),
    spec: { infrastructureRef: ref("OpenStackCluster", "infrastructure") },
  });
  expect(made.spec).toEqual({ infrastructureRef: { ...ref("OpenStackCluster", "infrastructure"), namespace: "default" } });
  const error = await refused(client.update(ClusterKind, { ...made, spec: {} }));
  expect(error).toMatchObject({ code: 422, reason: "Invalid" });
  expect(error.message).toBe(
    'admission webhook "validation.cluster.cluster.x-k8s.io" denied the request: Cluster.cluster.x-k8s.io "c" is invalid: spec.infrastructureRef: Forbidden: cannot be removed',
  );
  expect(error.details?.causes).toEqual([
    { reason: "FieldValueForbidden", message: "Forbidden: cannot be removed", field: "spec.infrastructureRef" },
  ]);
});

test("every provider answers for its own kinds [BOOT-026] [CAPO-069] [KCP-013]", async () => {
  const config = await client.create(KubeadmConfig, {
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmConfig",
    metadata: meta("k"),
    spec: { joinConfiguration: { nodeRegistration: {} } },
  });
  expect(config.spec.format).toBe("cloud-config");
  const server = {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
    kind: "OpenStackMachine",
    metadata: meta("m"),
    spec: {
      flavor: "m1",
      image: { filter: { name: "u" } },
      rootVolume: { sizeGiB: 1 },
      additionalBlockDevices: [{ name: "root", sizeGiB: 1, storage: { type: "Local" } }],
    },
  } as OpenStackMachine;
  expect((await refused(client.create(OpenStackMachine, server))).message).toContain(
    'admission webhook "validation.openstackmachine.infrastructure.cluster.x-k8s.io" denied the request',
  );
});

test("a control plane is not scaled to none through /scale either [KCP-048]", async () => {
  await client.create(KubeadmControlPlane, {
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmControlPlane",
    metadata: meta("cp"),
    spec: {
      replicas: 3,
      version: "v1.33.1",
      machineTemplate: { infrastructureRef: ref("OpenStackMachineTemplate", "infrastructure") },
      kubeadmConfigSpec: {},
    },
  } as KubeadmControlPlane);
  const scale = (replicas: number) =>
    client.patch(KubeadmControlPlane, meta("cp"), { type: "merge", body: { spec: { replicas } } }, { subresource: "scale" });
  expect(await refused(scale(0))).toMatchObject({ code: 403, reason: "Forbidden" });
  await refused(scale(2));
  await scale(5);
});

test("rules that look at other objects find them through the API [TOPO-023] [CORE-395] [TOPO-027]", async () => {
  const template = (kind: string, group: string) => ({ ref: ref(kind, group) });
  await client.create(ClusterClass, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "ClusterClass",
    metadata: meta("class"),
    spec: {
      infrastructure: template("OpenStackClusterTemplate", "infrastructure"),
      controlPlane: template("KubeadmControlPlaneTemplate", "controlplane"),
    },
  });
  const warnings: string[] = [];
  await api.as({ onWarning: (text) => warnings.push(text) }).create(ClusterKind, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: meta("managed"),
    spec: { topology: { class: "class", version: "1.33.1" } },
  });
  expect(warnings).toEqual([expect.stringContaining("this ClusterClass hasn't been successfully reconciled")]);
  expect((await refused(client.delete(ClusterClass, meta("class")))).message).toContain(
    "ClusterClass cannot be deleted because it is used by Cluster(s): default/managed",
  );
  const poolRef = { apiGroup: "example.com", kind: "Pool", name: "p" };
  const claims: Resource<UnstructuredObject> = {
    group: "ipam.cluster.x-k8s.io",
    version: "v1beta1",
    kind: "IPAddressClaim",
    plural: "ipaddressclaims",
    scope: "Namespaced",
  };
  await client.create(claims, {
    apiVersion: "ipam.cluster.x-k8s.io/v1beta1",
    kind: "IPAddressClaim",
    metadata: meta("claim"),
    spec: { poolRef: { ...poolRef, name: "other" } },
  });
  const given = { claimRef: { name: "claim" }, poolRef, address: "10.0.0.1", prefix: 24 };
  const address = { apiVersion: "ipam.cluster.x-k8s.io/v1beta1", kind: "IPAddress", metadata: meta("a"), spec: given };
  expect((await refused(client.create(IPAddress, address))).message).toContain("the referenced pool is different");
}, 20_000);

test("old versions are converted by the provider's own program [CAPO-009] [CAPO-088] [API-347]", async () => {
  const old: Resource<UnstructuredObject> = { ...(OpenStackMachine as Resource), version: "v1alpha7" } as never;
  await client.create(old, {
    apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha7",
    kind: "OpenStackMachine",
    metadata: meta("old"),
    spec: { cloudName: "o", identityRef: { kind: "Secret", name: "c" }, flavor: "m1", image: "ubuntu" },
  });
  const made = await client.get(OpenStackMachine, meta("old"));
  expect(made.spec).toMatchObject({ image: { filter: { name: "ubuntu" } }, identityRef: { name: "c", cloudName: "o" } });
  const crd = await client.get(CustomResourceDefinition, { name: "openstackmachines.infrastructure.cluster.x-k8s.io" });
  expect(crd.spec.conversion).toMatchObject({
    strategy: "Webhook",
    webhook: {
      conversionReviewVersions: ["v1", "v1beta1"],
      clientConfig: { service: { name: "capo-webhook-service", namespace: "capo-system", path: "/convert" } },
    },
  });
  const { clientConfig } = (crd.spec.conversion?.webhook ?? {}) as { readonly clientConfig?: { readonly caBundle?: string } };
  const items = [made] as unknown as readonly UnstructuredObject[];
  const answer = (await caller.post(
    {
      service: { ...serviceOf(capo), path: "/convert" },
      caBundle: clientConfig?.caBundle ?? "",
    },
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "ConversionReview",
      request: {
        uid: "u",
        desiredAPIVersion: "infrastructure.cluster.x-k8s.io/v1alpha7",
        objects: [{ apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachineList", metadata: {}, items }],
      },
    },
    { timeoutSeconds: 5 },
  )) as { response: { convertedObjects: readonly { items: readonly UnstructuredObject[] }[] } };
  expect(answer.response.convertedObjects[0]?.items[0]).toMatchObject({
    apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha7",
    spec: { image: "ubuntu" },
  });
});

test("objects that an old management cluster stored are seen as of today [CORE-018]", async () => {
  const name = "machinesets.cluster.x-k8s.io";
  const stored = await client.get(CustomResourceDefinition, { name });
  expect(stored.spec.conversion).toMatchObject({
    strategy: "Webhook",
    webhook: { clientConfig: { service: { name: "capi-webhook-service", namespace: "capi-system", path: "/convert" } } },
  });
  // As it was while v1alpha4 was the version of the day.
  const stages = (former: object, today: object) => ({
    ...stored,
    spec: {
      ...stored.spec,
      versions: stored.spec.versions.map((version) =>
        version.name === "v1alpha4" ? { ...version, ...former } : version.name === "v1beta1" ? { ...version, ...today } : version,
      ),
    },
  });
  const put = async (crd: CustomResourceDefinition) =>
    client.update(CustomResourceDefinition, {
      ...crd,
      metadata: (await client.get(CustomResourceDefinition, { name })).metadata,
    });
  await put(stages({ served: true, storage: true }, { storage: false }));
  const old: Resource<UnstructuredObject> = { ...(MachineSet as Resource), version: "v1alpha4" } as never;
  const selector = { matchLabels: { a: "b" } };
  await vi.waitFor(async () => {
    await client.create(old, {
      apiVersion: "cluster.x-k8s.io/v1alpha4",
      kind: "MachineSet",
      metadata: meta("old"),
      spec: {
        clusterName: "c",
        replicas: 1,
        selector,
        template: {
          metadata: { labels: selector.matchLabels },
          spec: { clusterName: "c", bootstrap: { dataSecretName: "s" }, infrastructureRef: {} },
        },
      },
    });
  });
  await put(stages({ served: false, storage: false }, { storage: true }));
  const made = await vi.waitFor(() => client.get(MachineSet, meta("old")));
  expect(made).toMatchObject({ apiVersion: "cluster.x-k8s.io/v1beta1", spec: { clusterName: "c", replicas: 1, selector } });
  await expect(client.get(old, meta("old"))).rejects.toMatchObject({ code: 404 });
  const changed = await client.patch(MachineSet, meta("old"), { type: "merge", body: { spec: { replicas: 2 } } });
  expect(changed.spec.replicas).toBe(2);
});

const capo =
  webhookProviders.find(({ prefix }) => prefix === "capo") ??
  (() => {
    throw new Error("there is no OpenStack provider");
  })();

const bundleOf = async (type: Resource<KubeObject>, name: string): Promise<string> => {
  const object = (await client.get(type, { name })) as unknown as { webhooks: readonly { clientConfig: { caBundle: string } }[] };
  return Buffer.from(object.webhooks[0]?.clientConfig.caBundle ?? "", "base64").toString("utf8");
};
const servedCertificate = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw).fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });

test("certificates are made, kept in a Secret, and replaced in time without a moment of distrust [PLAT-059]", async () => {
  const core = webhookProviders[0] ?? capo;
  const day = 86_400_000;
  let today = new Date();
  const one = await serveWebhooks({
    ...{ client, provider: core, address: "127.0.0.1", port: 0, log },
    now: () => today,
    overlapSeconds: 60,
  });
  const { name, namespace } = serviceOf(core);
  const before = ports.get(`${namespace}/${name}`) ?? 0;
  ports.set(`${namespace}/${name}`, one.port);
  const works = async () => {
    const cluster = {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: meta("probe"),
      spec: {},
    };
    await client.create(ClusterKind, cluster, { dryRun: true });
  };
  const first = await servedCertificate(one.port);
  const secret = await client.get(Secret, identitySecret(core));
  expect(secret.type).toBe("kubernetes.io/tls");
  expect(new X509Certificate(Buffer.from(secret.data?.["tls.crt"] ?? "", "base64")).fingerprint256).toBe(first);
  expect(new X509Certificate(Buffer.from(secret.data?.["tls.crt"] ?? "", "base64")).subjectAltName).toContain(
    "capi-webhook-service.capi-system.svc",
  );
  await works();

  today = new Date(Date.now() + 61 * day);
  await one.look();
  // Both are trusted, the old one serves.
  expect((await bundleOf(ValidatingWebhookConfiguration, "capi-validating-webhook-configuration")).match(/BEGIN/g)).toHaveLength(
    2,
  );
  expect((await bundleOf(MutatingWebhookConfiguration, "capi-mutating-webhook-configuration")).match(/BEGIN/g)).toHaveLength(2);
  expect(await servedCertificate(one.port)).toBe(first);
  await works();

  today = new Date(today.getTime() + 61_000);
  await one.look();
  const second = await servedCertificate(one.port);
  expect(second).not.toBe(first);
  expect((await bundleOf(ValidatingWebhookConfiguration, "capi-validating-webhook-configuration")).match(/BEGIN/g)).toHaveLength(
    1,
  );
  ports.set(`${namespace}/${name}`, before);
  await one.close();
  // Back to today.
  await client.delete(Secret, identitySecret(core));
  await served[0]?.look();
});

test("replicas that start together serve with one identity; a spoilt Secret is made anew [PLAT-059]", async () => {
  const provider = webhookProviders[1] ?? capo;
  await client.delete(Secret, identitySecret(provider));
  const now = () => new Date();
  const identities = await Promise.all([1, 2, 3].map(() => webhookIdentity({ client, provider, now })));
  expect(new Set(identities.map(({ cert }) => cert)).size).toBe(1);
  const secret = await client.get(Secret, identitySecret(provider));
  await client.update(Secret, { ...secret, data: { ...secret.data, "tls.crt": "bm8=" } });
  expect((await webhookIdentity({ client, provider, now })).cert).toContain("BEGIN CERTIFICATE");
  await served[1]?.look();
});

test("what is no review is refused", async () => {
  await served[0]?.look();
  const bundle = Buffer.from(await bundleOf(ValidatingWebhookConfiguration, "capi-validating-webhook-configuration")).toString(
    "base64",
  );
  const post = (path: string, body: object) =>
    caller.post({ service: { ...serviceOf(webhookProviders[0] ?? capo), path }, caBundle: bundle }, body, { timeoutSeconds: 5 });
  const target = "/validate-cluster-x-k8s-io-v1beta1-cluster";
  await expect(post("/nowhere", {})).rejects.toThrow("could not find the requested resource");
  await expect(post(target, { kind: "Pod" })).rejects.toThrow('400: "the body is not an AdmissionReview');
  const huge = { kind: "AdmissionReview", padding: "x".repeat(8 * 1024 * 1024) };
  await expect(post(target, huge)).rejects.toThrow();
});
