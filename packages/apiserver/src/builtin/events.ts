import type { UnstructuredObject } from "@slipway/api";

/** One store, two APIs: events.k8s.io's Event is core's under other field names. */

const renamed: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

const toCoreNames = new Map(renamed.map(([core, events]) => [events, core]));
const toEventsNames = new Map(renamed);

export const eventToCore = (event: UnstructuredObject): UnstructuredObject => rename(event, toCoreNames, "v1");
export const eventFromCore = (event: UnstructuredObject): UnstructuredObject => rename(event, toEventsNames, "events.k8s.io/v1");

const rename = (event: UnstructuredObject, names: ReadonlyMap<string, string>, apiVersion: string): UnstructuredObject => ({
  ...(Object.fromEntries(Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value])) as UnstructuredObject),
  apiVersion,
  kind: "Event",
});
