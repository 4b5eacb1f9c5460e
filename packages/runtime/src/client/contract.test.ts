import { readFileSync } from "node:fs";
import { createKubernetesApi, createMemoryStorage, type StoredObject, stampObject } from "@slipway/apiserver";
import { clientContract } from "@slipway/apiserver/client/contract.ts";
import { startLiveApi } from "@slipway/apiserver/testing/live.node.ts";
import { createHttpClient } from "./http.ts";
import { fetchTransport } from "./transport.ts";
import { connectKubeconfig } from "./undici.node.ts";

/** The same promises over the wire: with nothing but `fetch` between, and over TLS with a client certificate. */

clientContract("HTTP without sockets", async () => {
  const api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    authorization: "always",
  });
  return { client: createHttpClient({ transport: fetchTransport(api.server.fetch, "http://api") }), close: api.close };
});

clientContract("HTTPS with a kubeconfig", async () => {
  const live = await startLiveApi();
  const connection = connectKubeconfig(
    readFileSync(await live.kubeconfig({ name: "admin", groups: ["system:masters"] }), "utf8"),
  );
  return {
    client: connection.client,
    close: async () => {
      await connection.close();
      await live.close();
    },
  };
});
