/** Rotating a cluster's certificate authority as a tenant does it: Debian's openstack client, kubectl, and nothing else. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningSlipway, startSlipway } from "./testing/slipway.node.ts";

let slipway: RunningSlipway;
beforeAll(async () => {
  if (!existsSync("/usr/bin/openstack"))
    throw new Error("/usr/bin/openstack is missing: install python3-openstackclient and python3-magnumclient");
  slipway = await startSlipway();
});
afterAll(() => slipway?.end());

const openstack = async (...args: string[]): Promise<string> => {
  const { code, out, error } = await slipway.openstack(...args);
  if (code !== 0) throw new Error(`openstack ${args.join(" ")}: ${error}${out}`);
  return out;
};
interface Shown {
  readonly status: string;
  readonly status_reason: string | null;
  readonly api_address: string;
}
const shown = async (): Promise<Shown> => JSON.parse(await openstack("coe", "cluster", "show", "blue", "-f", "json")) as Shown;
/** Pauses the Cluster behind it, or lets it go on. */
const hold = async (paused: boolean): Promise<void> => {
  const { out: name } = await slipway.kubectl(
    "get",
    "clusters",
    "-n",
    "magnum-system",
    "-o",
    "jsonpath={.items[0].metadata.name}",
  );
  const patch = JSON.stringify({ spec: { paused } });
  const done = await slipway.kubectl("patch", "cluster", name, "-n", "magnum-system", "--type", "merge", "-p", patch);
  expect(done).toMatchObject({ code: 0 });
};
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`not yet: ${what}; ${JSON.stringify(await shown())}`);
};
/** A kubeconfig as the client writes it, in a folder of its own. */
const config = async (folder: string): Promise<string> => {
  await slipway.run("mkdir", ["-p", folder]);
  await openstack("coe", "cluster", "config", "blue", "--dir", folder, "--force", "--output-certs");
  return folder;
};
const nodes = (folder: string, ...more: string[]) =>
  slipway.kubectl("--kubeconfig", `${folder}/config`, "get", "nodes", "-o", "name", ...more);
const certificates = (pem: string): number => pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0;
const text = (...path: string[]) => readFileSync(join(slipway.folder, ...path), "utf8").trim();

test("openstack coe ca rotate: the old kubeconfig serves to the end and then no more, a new one is good, and a CSR is signed by the new authority [MCLI-028] [MCLI-039] [DRV-223]", async () => {
  await openstack(
    "coe",
    "cluster",
    "create",
    "blue",
    "--cluster-template",
    "k8s-v1.32.5",
    "--master-count",
    "1",
    "--node-count",
    "1",
  );
  await until("it is complete", async () => (await shown()).status === "CREATE_COMPLETE");
  const before = await config("before");
  const old = (await nodes(before)).out.trim().split("\n").toSorted();
  expect(old).toHaveLength(2);
  expect((await openstack("coe", "ca", "show", "blue")).trim()).toBe(text(before, "ca.pem"));

  // Held still until we have looked: a small cluster is through with it in the time that the client takes to start.
  await hold(true);
  expect(await openstack("coe", "ca", "rotate", "blue")).toMatch(
    /^Request to rotate the CA certificate for cluster [0-9a-f-]{36} has been accepted\.$/m,
  );
  expect(await shown()).toMatchObject({ status: "UPDATE_IN_PROGRESS" });
  const again = await slipway.openstack("coe", "ca", "rotate", "blue");
  expect(again.out + again.error).toContain('Rotating the CA certificate when status is "UPDATE_IN_PROGRESS" is not supported');
  await hold(false);
  const refusals: string[] = [];
  await until("it is done", async () => {
    const asked = await nodes(before);
    const { status, status_reason: reason } = await shown();
    // The last stage ends what the old authority signed: from then on this may fail.
    if (asked.code !== 0 && /step [1-4] of 5/.test(reason ?? "")) refusals.push(`${reason} ${asked.error}`);
    return status === "UPDATE_COMPLETE";
  });
  expect(refusals).toEqual([]);

  const refused = await nodes(before);
  expect(refused.code).not.toBe(0);
  expect(refused.error).toMatch(/certificate signed by unknown authority/);
  const after = await config("after");
  const [mine, theirs] = [text(after, "ca.pem"), text(before, "ca.pem")];
  expect(mine).not.toContain(theirs);
  expect(certificates(mine)).toBe(1);
  expect((await openstack("coe", "ca", "show", "blue")).trim()).toBe(mine);
  const fresh = (await nodes(after)).out.trim().split("\n");
  expect(fresh).toHaveLength(2);
  expect(fresh.filter((node) => old.includes(node))).toEqual([]);
  // Who knows the new authority and has the old certificate is told that he is nobody.
  const { api_address: server } = await shown();
  const stubborn = await slipway.kubectl(
    ...["--kubeconfig", "/dev/null", "--server", server, "--certificate-authority", `${after}/ca.pem`],
    ...["--client-certificate", `${before}/cert.pem`, "--client-key", `${before}/key.pem`, "get", "nodes"],
  );
  expect(stubborn.code).not.toBe(0);
  expect(stubborn.error).toMatch(/Unauthorized|logged in|credentials/);

  await slipway.run("openssl", [
    "req",
    "-new",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "k.pem",
    "-subj",
    "/CN=ci/O=builders",
    "-out",
    "r.csr",
  ]);
  const signed = await openstack("coe", "ca", "sign", "blue", "r.csr");
  const verified = await slipway.run("openssl", ["verify", "-CAfile", `${after}/ca.pem`], { input: signed });
  expect(verified).toMatchObject({ code: 0 });
}, 600_000);
