import { expect, test } from "vitest";
import { createApiInMemory } from "../inmemory.ts";
import { clientContract } from "./contract.ts";

clientContract("in-process", async () => {
  const api = await createApiInMemory();
  return { client: api.client, close: api.close };
});

test("what is handed in may be changed afterwards, what is handed out is shared and frozen [API-461]", async () => {
  const { client, close } = await createApiInMemory();
  const ConfigMap = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" } as const;
  const sent = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" }, data: { k: "v" } };
  const made = await client.create(ConfigMap, sent);
  sent.data.k = "changed";
  const read = await client.get(ConfigMap, { namespace: "default", name: "a" });
  expect(read).toMatchObject({ data: { k: "v" } });
  expect(read).toBe(made);
  expect(Object.isFrozen(read.metadata)).toBe(true);
  await close();
});
