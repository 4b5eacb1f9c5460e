import { Event, type KubeObject } from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import { expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import { nextTurn } from "../clock/turn.ts";
import { silentLog } from "../log/log.ts";
import { createRecorder } from "./recorder.ts";

const about = (name: string): KubeObject => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Machine",
  metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1" },
});

const start = async () => {
  const clock = createVirtualClock();
  const api = await createApiInMemory({ clock });
  const recorder = createRecorder({ client: api.client, clock, log: silentLog, component: "machine-controller" });
  const events = async () => {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    return (await api.client.list(Event, { namespace: "default" })).items;
  };
  return { clock, recorder, events, close: api.close };
};

test("an event says who, what and about whom; a repeated one is counted [CORE-093]", async () => {
  const { clock, recorder, events, close } = await start();
  recorder.normal(about("m"), "SuccessfulSetNodeRef", "n1");
  await clock.advance(5000);
  recorder.normal(about("m"), "SuccessfulSetNodeRef", "n1");
  const [event, ...others] = await events();
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    type: "Normal",
    reason: "SuccessfulSetNodeRef",
    message: "n1",
    count: 2,
    source: { component: "machine-controller" },
    involvedObject: { kind: "Machine", name: "m", namespace: "default", uid: "uid-m" },
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:05Z",
  });
  await close();
});

test("a flood about one object is thinned, other objects are not held up", async () => {
  const { recorder, events, close } = await start();
  for (let number = 0; number < 60; number += 1) recorder.warning(about("m"), `Reason${number}`, "x");
  recorder.warning(about("other"), "Reason", "x");
  const all = await events();
  expect(all.filter(({ involvedObject }) => involvedObject.name === "m")).toHaveLength(25);
  expect(all.filter(({ involvedObject }) => involvedObject.name === "other")).toHaveLength(1);
  await close();
});

test("many different messages for one reason become one combined event", async () => {
  const { recorder, events, close } = await start();
  for (let number = 0; number < 20; number += 1) recorder.warning(about("m"), "FailedDrainNode", `try ${number}`);
  const all = await events();
  expect(all).toHaveLength(10);
  const combined = all.find(({ message }) => message?.startsWith("(combined from similar events): "));
  expect(combined).toMatchObject({ count: 11, message: "(combined from similar events): try 19" });
  await close();
});
