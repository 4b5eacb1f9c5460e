import { type Client, isAlreadyExists } from "@slipway/api";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { readingContract } from "./testing/reading.ts";
import { Crd, Namespace, namespace, ref, Sample, sampleCrd, until } from "./testing/samples.ts";
import { writingContract } from "./testing/writing.ts";

export interface ContractClient {
  readonly client: Client;
  close(): Promise<void>;
}

/** What every way to a Kubernetes API promises to our controllers: in process, over HTTP to our server, over HTTP to any other. */
export const clientContract = (name: string, create: () => Promise<ContractClient>): void => {
  describe(`${name} client`, () => {
    let made: ContractClient;
    let client: Client;
    beforeAll(async () => {
      made = await create();
      client = made.client;
      await client
        .create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
        .catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
      await client.create(Crd, sampleCrd).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
      await until(async () => {
        await client.list(Sample);
        return true;
      });
    });
    beforeEach(async () => {
      for (const { metadata } of (await client.list(Sample, { namespace })).items) {
        if (metadata.finalizers !== undefined) {
          await client
            .patch(Sample, ref(metadata.name), { type: "merge", body: { metadata: { finalizers: null } } })
            .catch(() => undefined);
        }
      }
      await client.deleteCollection(Sample, { namespace });
      await until(async () => (await client.list(Sample, { namespace })).items.length === 0);
    });
    afterAll(() => made.close());

    writingContract(() => client);
    readingContract(() => client);
  });
};
