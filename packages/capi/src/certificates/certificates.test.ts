import { createPrivateKey } from "node:crypto";
import {
  createCertificateAuthority,
  freshKeys,
  inspectKubeconfig,
  readCertificate,
  readKubeconfig,
} from "@slipway/api/pki/index.ts";
import { afterEach, describe, expect, test } from "vitest";
import { certificateFiles } from "./files.ts";
import { createKeyPool, type RunningKeyPool } from "./keypool.node.ts";
import { createKubeconfig, kubeconfigNeedsRenewal, serverOfKubeconfig } from "./kubeconfig.ts";
import { incompleteCertificates } from "./lookup.ts";
import { controlPlaneCertificates, parseClusterSecretName, workerCertificates } from "./purposes.ts";
import { certificateSecret, kubeconfigSecret, readCertificateSecret, readKubeconfigSecret } from "./secrets.ts";

const now = new Date("2026-05-01T00:00:00Z");
const keys = freshKeys("ecdsa-p256");
const owner = { apiVersion: "v1", kind: "Test", name: "owner", uid: "1", controller: true };
const place = { namespace: "tenants", cluster: "demo", owner };
const dayMilliseconds = 86_400_000;

test("a certificate Secret is one that Cluster API's tools know [CERT-001] [CERT-002]", () => {
  const secret = certificateSecret(place, "proxy", { certificatePem: "certificate", privateKeyPem: "key" });
  expect(secret).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "demo-proxy",
      namespace: "tenants",
      labels: { "cluster.x-k8s.io/cluster-name": "demo" },
      ownerReferences: [owner],
    },
    type: "cluster.x-k8s.io/secret",
    data: { "tls.crt": "Y2VydGlmaWNhdGU=", "tls.key": "a2V5" },
  });
  expect(readCertificateSecret(secret)).toEqual({ certificatePem: "certificate", privateKeyPem: "key" });
  expect(readCertificateSecret({ ...secret, data: { "tls.crt": "YQ==" } })).toEqual({ certificatePem: "a", privateKeyPem: "" });
  expect(() => readCertificateSecret({ ...secret, data: {} })).toThrow('tenants/demo-proxy has no "tls.crt"');
});

test("a Secret's name tells cluster and purpose, split at the last dash [CERT-006]", () => {
  expect(parseClusterSecretName("my-demo-ca")).toEqual({ cluster: "my-demo", purpose: "ca" });
  expect(parseClusterSecretName("demo-kubeconfig")).toEqual({ cluster: "demo", purpose: "kubeconfig" });
  expect(parseClusterSecretName("demo-apiserver-etcd-client")).toBeUndefined();
  expect(parseClusterSecretName("demo-other")).toBeUndefined();
});

describe("files on a control plane node", () => {
  const paths = (config: Parameters<typeof controlPlaneCertificates>[0]) =>
    certificateFiles(
      controlPlaneCertificates(config).map((spec) => ({ spec, pair: { certificatePem: "certificate", privateKeyPem: "key" } })),
    ).map(({ path, permissions, owner: whose }) => `${path} ${permissions} ${whose}`);

  test("are where kubeadm looks for them [CERT-007] [CERT-008]", () => {
    expect(paths(undefined)).toEqual([
      "/etc/kubernetes/pki/ca.crt 0640 root:root",
      "/etc/kubernetes/pki/ca.key 0600 root:root",
      "/etc/kubernetes/pki/etcd/ca.crt 0640 root:root",
      "/etc/kubernetes/pki/etcd/ca.key 0600 root:root",
      "/etc/kubernetes/pki/front-proxy-ca.crt 0640 root:root",
      "/etc/kubernetes/pki/front-proxy-ca.key 0600 root:root",
      "/etc/kubernetes/pki/sa.pub 0640 root:root",
      "/etc/kubernetes/pki/sa.key 0600 root:root",
    ]);
  });

  test("follow certificatesDir, and external etcd brings its own [CERT-009]", () => {
    const external = { endpoints: ["https://etcd"], caFile: "/etcd/ca.pem", certFile: "/etcd/c.pem", keyFile: "/etcd/k.pem" };
    expect(paths({ certificatesDir: "/pki", etcd: { external } }).filter((path) => path.includes("etcd"))).toEqual([
      "/etcd/ca.pem 0640 root:root",
      "/etcd/c.pem 0640 root:root",
      "/etcd/k.pem 0600 root:root",
    ]);
    expect(paths({ certificatesDir: "/pki" })[0]).toBe("/pki/ca.crt 0640 root:root");
  });

  test("an empty part makes no file; a joining machine minds [CERT-008] [CERT-012] [BOOT-083]", () => {
    const [ca] = workerCertificates("/own/ca.crt");
    if (ca === undefined) throw new Error("no ca");
    const found = [{ spec: ca, pair: { certificatePem: "certificate", privateKeyPem: "" } }];
    expect(certificateFiles(found).map(({ path }) => path)).toEqual(["/own/ca.crt"]);
    expect(incompleteCertificates(found)).toEqual(["ca (its key is missing)"]);
    expect(incompleteCertificates([{ spec: ca }])).toEqual(["ca (all of it is missing)"]);
  });
});

describe("the kubeconfig", () => {
  const make = async () => {
    const authority = await createCertificateAuthority(await keys.take(), { now });
    return {
      authority,
      kubeconfig: await createKubeconfig(authority, { cluster: "demo", server: "https://10.0.0.1:6443", keys, now }),
    };
  };

  test("lets its bearer in as an administrator for a year [CERT-018] [CERT-021] [CERT-022]", async () => {
    const { authority, kubeconfig } = await make();
    const access = readKubeconfig(readKubeconfigSecret(kubeconfigSecret(place, kubeconfig)));
    expect(access).toMatchObject({
      clusterName: "demo",
      userName: "demo-admin",
      server: "https://10.0.0.1:6443",
      certificateAuthorityPem: authority.certificatePem,
    });
    expect(kubeconfig).toContain("current-context: demo-admin@demo");
    const client = readCertificate(access.clientCertificatePem ?? "");
    expect(client).toMatchObject({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
    expect(client.notBefore).toEqual(readCertificate(authority.certificatePem).notBefore);
    expect(client.notAfter.getTime() - now.getTime()).toBe(365 * dayMilliseconds);
    expect(createPrivateKey(access.clientKeyPem ?? "").asymmetricKeyType).toBe("ec");
  });

  test("is renewed when less than half of its year is left, and keeps its server [CERT-023] [CERT-024] [CERT-026]", async () => {
    const { kubeconfig } = await make();
    const after = (days: number) => new Date(now.getTime() + days * dayMilliseconds);
    expect(kubeconfigNeedsRenewal(kubeconfig, "demo", after(182))).toBe(false);
    expect(kubeconfigNeedsRenewal(kubeconfig, "demo", after(183))).toBe(true);
    expect(serverOfKubeconfig(kubeconfig, "demo")).toBe("https://10.0.0.1:6443");
    expect(() => serverOfKubeconfig(kubeconfig, "other")).toThrow('no cluster "other"');
    const withToken = kubeconfig.replace(/client-certificate-data: .*\n\s+client-key-data: .*/, "token: abc");
    expect(inspectKubeconfig(withToken, "demo").clients[0]?.certificatePem).toBeUndefined();
    expect(() => kubeconfigNeedsRenewal(withToken, "demo", now)).toThrow("no client certificate");
  });
});

describe("the pool of keys", () => {
  let pool: RunningKeyPool | undefined;
  afterEach(() => pool?.close());

  test("gives every key once and makes more when nobody asks", async () => {
    pool = createKeyPool({ algorithm: "ecdsa-p256", ready: 2, idleMilliseconds: 1 });
    const taken = await Promise.all([1, 2, 3, 4, 5].map(() => pool?.take()));
    expect(new Set(taken.map((pair) => pair?.privateKeyPem)).size).toBe(5);
    await expect.poll(() => pool?.stock()).toBe(2);
    await pool.take();
    await expect.poll(() => pool?.stock()).toBe(2);
  });

  test("makes RSA keys of 2048 bits unless told otherwise, off the event loop [CERT-004]", async () => {
    pool = createKeyPool({ ready: 0 });
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 1);
    const pair = await pool.take();
    clearInterval(ticking);
    expect(createPrivateKey(pair.privateKeyPem).asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(turns).toBeGreaterThan(0);
    expect((await pool.take("ecdsa-p256")).privateKeyPem).toContain("BEGIN PRIVATE KEY");
  });
});
