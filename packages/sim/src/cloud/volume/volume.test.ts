import { expect, test } from "vitest";
import { startCloud } from "../testing/harness.ts";

test("volumes are created, available, extended and deleted; both forms of the path lead to them [OSAPI-077 OSAPI-078 OSAPI-079 OSSIM-027]", async () => {
  const { demo, clock } = await startCloud();
  const me = await demo();
  const image = (await me.image("GET", "/v2/images?name=ubuntu-2204-kube-v1.32.5")).body.images[0].id;
  const path = `/v3/${me.projectId}/volumes`;
  const made = await me.volume("POST", path, {
    volume: { size: 10, name: "v", description: "d", imageRef: image, volume_type: "ssd", availability_zone: "az2" },
  });
  expect(made).toMatchObject({
    status: 202,
    body: { volume: { status: "creating", bootable: "false", volume_type: "ssd", availability_zone: "az2" } },
  });
  const { id } = made.body.volume;
  await clock.advance(10);
  const shown = (await me.volume("GET", `/v3/volumes/${id}`)).body.volume;
  expect(shown).toMatchObject({ status: "available", bootable: "true", volume_image_metadata: { image_id: image } });
  expect(shown.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  expect((await me.volume("GET", `${path}/detail?name=v&project_id=${me.projectId}`)).body.volumes).toHaveLength(1);
  expect((await me.volume("POST", `${path}/${id}/action`, { "os-extend": { new_size: 20 } })).status).toBe(202);
  expect((await me.volume("GET", `${path}/${id}`)).body.volume.size).toBe(20);
  expect((await me.volume("DELETE", `${path}/${id}`)).status).toBe(202);
  await clock.advance(10);
  expect((await me.volume("GET", `${path}/${id}`)).status).toBe(404);
});

test("wrong requests and full quotas are refused in Cinder's words [OSSIM-042 OSAPI-080]", async () => {
  const { demo, admin } = await startCloud();
  const [me, boss] = [await demo(), await admin()];
  const post = (volume: object) => me.volume("POST", "/v3/volumes", { volume });
  expect((await post({ size: 0 })).status).toBe(400);
  expect((await post({ size: 1, availability_zone: "moon" })).body.badRequest.message).toBe(
    "Invalid input received: Availability zone 'moon' is invalid.",
  );
  expect((await post({ size: 1, volume_type: "nope" })).status).toBe(404);
  expect((await me.volume("GET", `/v3/${boss.projectId}/volumes`)).status).toBe(400);
  await boss.volume("PUT", `/v3/os-quota-sets/${me.projectId}`, { quota_set: { gigabytes: 5 } });
  expect((await post({ size: 6 })).body.overLimit).toEqual({
    code: 413,
    message:
      "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 6G, quota is 5G and 0G has been consumed.",
  });
});

test("snapshots keep their volume from going [OSSIM-088]", async () => {
  const { demo, clock } = await startCloud();
  const me = await demo();
  const volume = (await me.volume("POST", "/v3/volumes", { volume: { size: 1 } })).body.volume.id;
  await clock.advance(10);
  const snapshot = (await me.volume("POST", "/v3/snapshots", { snapshot: { volume_id: volume, name: "s" } })).body.snapshot.id;
  await clock.advance(10);
  expect((await me.volume("GET", `/v3/snapshots/${snapshot}`)).body.snapshot.status).toBe("available");
  expect((await me.volume("DELETE", `/v3/volumes/${volume}`)).status).toBe(400);
  await me.volume("DELETE", `/v3/snapshots/${snapshot}`);
  expect((await me.volume("DELETE", `/v3/volumes/${volume}`)).status).toBe(202);
});

test("microversions are honoured and bounded [OSSIM-005]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  const ask = (version: string) => me.volume("GET", "/v3/types", undefined, { "openstack-api-version": `volume ${version}` });
  expect((await ask("3.50")).headers["openstack-api-version"]).toBe("volume 3.50");
  expect((await ask("latest")).headers["openstack-api-version"]).toBe("volume 3.71");
  expect((await ask("3.99")).status).toBe(406);
});
