import { expect, test } from "vitest";
import { fingerprintOf } from "../compute/keys.ts";
import { md5 } from "../compute/md5.ts";
import { startCloud } from "../testing/harness.ts";

test("images are queued, filled and found by name, tag and property [OSAPI-075 OSAPI-076 OSSIM-039]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  const made = await me.image("POST", "/v2/images", {
    name: "mine",
    disk_format: "raw",
    container_format: "bare",
    tags: ["a", "b"],
    hw_disk_bus: "scsi",
  });
  expect(made).toMatchObject({ status: 201, body: { status: "queued", visibility: "shared", size: null, hw_disk_bus: "scsi" } });
  const path = `/v2/images/${made.body.id}`;
  expect((await me.image("PUT", `${path}/file`, new TextEncoder().encode("hello"))).status).toBe(204);
  expect((await me.image("GET", path)).body).toMatchObject({
    status: "active",
    size: 5,
    checksum: "5d41402abc4b2a76b9719d911017c592",
    os_hash_algo: "sha512",
  });
  const found = async (query: string) =>
    (await me.image("GET", `/v2/images?${query}`)).body.images.map((one: { name: string }) => one.name);
  expect(await found("name=mine&tag=a&tag=b")).toEqual(["mine"]);
  expect(await found("tag=a&tag=c")).toEqual([]);
  expect(await found("hw_disk_bus=scsi")).toEqual(["mine"]);
  expect(await found(`id=in:${made.body.id},other`)).toEqual(["mine"]);
  const patched = await me.image("PATCH", path, [
    { op: "add", path: "/os_distro", value: "ubuntu" },
    { op: "remove", path: "/hw_disk_bus" },
    { op: "replace", path: "/protected", value: true },
  ]);
  expect(patched.body).toMatchObject({ os_distro: "ubuntu", protected: true });
  expect(patched.body.hw_disk_bus).toBeUndefined();
  expect((await me.image("DELETE", path)).status).toBe(403);
  await me.image("PATCH", path, [{ op: "replace", path: "/protected", value: false }]);
  expect((await me.image("DELETE", path)).status).toBe(204);
  expect((await me.image("GET", path)).status).toBe(404);
});

test("images are imported from the web in a while, and need their formats first [OSAPI-076]", async () => {
  const { demo, clock } = await startCloud();
  const me = await demo();
  const { id } = (await me.image("POST", "/v2/images", { name: "bare" })).body;
  const ask = { method: { name: "web-download", uri: "https://images.example/u.qcow2" } };
  expect((await me.image("POST", `/v2/images/${id}/import`, ask)).status).toBe(400);
  await me.image("PATCH", `/v2/images/${id}`, [
    { op: "add", path: "/disk_format", value: "qcow2" },
    { op: "add", path: "/container_format", value: "bare" },
  ]);
  expect((await me.image("POST", `/v2/images/${id}/import`, ask)).status).toBe(202);
  expect((await me.image("GET", `/v2/images/${id}`)).body.status).toBe("importing");
  await clock.advance(10);
  // Its checksum is computed off the event loop.
  await expect.poll(async () => (await me.image("GET", `/v2/images/${id}`)).body.status).toBe("active");
});

test("an image is seen by its owner, by all when public, by members when shared [OSSIM-012 OSSIM-039]", async () => {
  const { demo, admin } = await startCloud();
  const [me, boss] = [await demo(), await admin()];
  const { id } = (await boss.image("POST", "/v2/images", { name: "theirs", visibility: "private" })).body;
  expect((await me.image("GET", `/v2/images/${id}`)).status).toBe(404);
  await boss.image("PATCH", `/v2/images/${id}`, [{ op: "replace", path: "/visibility", value: "shared" }]);
  await boss.image("POST", `/v2/images/${id}/members`, { member: me.projectId });
  expect((await me.image("GET", `/v2/images/${id}`)).status).toBe(200);
  expect((await me.image("GET", "/v2/images?name=theirs")).body.images).toEqual([]);
  await me.image("PUT", `/v2/images/${id}/members/${me.projectId}`, { status: "accepted" });
  expect((await me.image("GET", "/v2/images?name=theirs")).body.images).toHaveLength(1);
  expect((await me.image("DELETE", `/v2/images/${id}`)).status).toBe(403);
});

test("lists go in pages whose next is a path [OSAPI-008 OSSIM-015]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  const seen: string[] = [];
  let next: string | undefined = "/v2/images?limit=4";
  while (next) {
    const { body } = await me.image("GET", next);
    seen.push(...body.images.map((one: { id: string }) => one.id));
    next = body.next;
  }
  expect(new Set(seen).size).toBe(6);
  expect(seen).toHaveLength(6);
});

test("MD5 and key fingerprints are what everybody else computes", () => {
  const hash = (text: string) => md5(new TextEncoder().encode(text));
  expect(hash("")).toBe("d41d8cd98f00b204e9800998ecf8427e");
  expect(hash("The quick brown fox jumps over the lazy dog")).toBe("9e107d9d372bb6826bd81d3542a419d6");
  expect(fingerprintOf("no key")).toBeUndefined();
});
