import { gunzipSync } from "node:zlib";
import type { KubeObject } from "@slipway/api";
import { expect, test } from "vitest";
import { collectFamilies } from "../state/collect.ts";
import { renderFamilies } from "../state/exposition.ts";
import { clusterApiKinds } from "../state/kinds.ts";
import { createRenderedState } from "./rendered.node.ts";
import { type Snapshot, scrapeBody } from "./snapshot.node.ts";

const object = (kind: "Cluster" | "Machine", name: string, phase: string, version = 1, uid = `u-${name}`): KubeObject =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind,
    metadata: { name, namespace: "tenants", uid, resourceVersion: `${version}`, creationTimestamp: "2026-11-22T08:00:00Z" },
    status: { phase, v1beta2: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-11-22T08:00:00Z" }] } },
  }) as KubeObject;

/** A world that tests change, and its rendered state. */
const start = (objects: KubeObject[]) => ({
  objects,
  state: createRenderedState({
    kinds: clusterApiKinds,
    read: ({ kind }) => objects.filter((each) => each.kind === kind),
  }),
});
const read = async (snapshot: Snapshot, format: "text" | "openmetrics" = "text", gzip = false): Promise<string> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of scrapeBody(snapshot, { own: "", format, gzip })) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return (gzip ? gunzipSync(bytes) : bytes).toString();
};
const lines = (text: string) => text.split("\n").toSorted();
const expected = (objects: readonly KubeObject[], format: "text" | "openmetrics" = "text") =>
  renderFamilies(collectFamilies(objects, clusterApiKinds), format);

test("what is kept is what the objects say, in both formats, zipped and plain, each family's head once [OBS-008 OBS-011 OBS-014]", async () => {
  const objects = Array.from({ length: 300 }, (_, index) => object(index % 3 ? "Machine" : "Cluster", `o${index}`, "Running"));
  const { state } = start(objects);
  const snapshot = await state.snapshot();
  for (const gzip of [false, true]) {
    expect(await read(snapshot, "text", gzip)).toBe(expected(objects));
    expect(await read(snapshot, "openmetrics", gzip)).toBe(`${expected(objects, "openmetrics")}# EOF\n`);
  }
  expect(state.size()).toMatchObject({ objects: 300, buckets: 2 + 4 });
});

test("a change, a newcomer and a deletion are in the next scrape, and nothing else is rendered again [OBS-021 OBS-022]", async () => {
  const { objects, state } = start(Array.from({ length: 400 }, (_, index) => object("Machine", `m${index}`, "Running")));
  const before = await state.snapshot();
  objects[5] = object("Machine", "m5", "Failed", 2);
  objects.splice(6, 1);
  objects.push(object("Machine", "new", "Pending"));
  const after = await state.snapshot();
  expect(lines(await read(after))).toEqual(lines(expected(objects)));
  const piecesOf = ({ families }: Snapshot) => families.flatMap(({ pieces }) => pieces);
  const kept = new Set(piecesOf(before));
  const fresh = piecesOf(after).filter((piece) => !kept.has(piece));
  // Of seven buckets two changed; all but the phase of m5 and the lines of m6 and the newcomer are as they were.
  expect(fresh.length).toBeGreaterThan(0);
  expect(fresh.length).toBeLessThanOrEqual((piecesOf(after).length * 2) / 7);
  expect(piecesOf(await state.snapshot()).every((piece) => piecesOf(after).includes(piece))).toBe(true);
});

test("a name that is given again is another object, and whoever reads a scrape reads one moment [OBS-022]", async () => {
  const { objects, state } = start([object("Cluster", "a", "Provisioned")]);
  const before = await state.snapshot();
  const text = expected(objects);
  objects[0] = object("Cluster", "a", "Pending", 9, "another");
  expect(await read(await state.snapshot())).toBe(expected(objects));
  expect(await read(before)).toBe(text);
});

test("what has shrunk is put together again; an empty fleet has no line", async () => {
  const { objects, state } = start(Array.from({ length: 640 }, (_, index) => object("Machine", `m${index}`, "Running")));
  await state.snapshot();
  expect(state.size().buckets).toBe(10);
  objects.splice(0, objects.length, ...objects.filter((_, index) => index % 64 < 4));
  expect(lines(await read(await state.snapshot()))).toEqual(lines(expected(objects)));
  expect(state.size().buckets).toBeLessThanOrEqual(2);
  objects.splice(0);
  expect(await read(await state.snapshot())).toBe("");
  expect(state.size()).toEqual({ bytes: 0, buckets: 0, objects: 0 });
});

test("scrapes at once are each whole", async () => {
  const { objects, state } = start(Array.from({ length: 200 }, (_, index) => object("Machine", `m${index}`, "Running")));
  const first = state.snapshot();
  objects.push(object("Machine", "late", "Pending"));
  const [, second] = await Promise.all([first, state.snapshot()]);
  expect(lines(await read(second))).toEqual(lines(expected(objects)));
});
