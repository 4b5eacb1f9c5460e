import { expect, test } from "vitest";
import type { EventView } from "../../contract/index.ts";
import { visibleEvents } from "./events.ts";

const event = (id: string, type: EventView["type"], reason: string, name: string): EventView => ({
  id,
  type,
  reason,
  message: `about ${name}`,
  object: { kind: "Machine", name },
  source: "machine",
  count: 1,
  firstAt: "2026-01-01T00:00:00Z",
  lastAt: "2026-01-01T00:00:00Z",
});
const events = [event("1", "Normal", "Created", "blue-1"), event("2", "Warning", "Failed", "blue-2")];

test.each([
  [{ type: "all", search: "" }, ["1", "2"]],
  [{ type: "Warning", search: "" }, ["2"]],
  [{ type: "all", search: "machine/BLUE-1" }, ["1"]],
  [{ type: "Normal", search: "failed" }, []],
] as const)("events are found by type and object: %o [CON-044]", (filter, expected) => {
  expect(visibleEvents(events, filter).map(({ id }) => id)).toEqual(expected);
});
