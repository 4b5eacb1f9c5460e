import type { ApiServer } from "@slipway/apiserver";
import { listen } from "@slipway/apiserver/http/listen.node.ts";
import type { Home } from "../home/home.ts";
import { issueServing, renewServing } from "./certificate.ts";
import type { Listener } from "./http.ts";

/** The management API on its port: TLS with a certificate of the home's authority, renewed while it runs; client certificates of the same. */
export const listenKubernetes = async (
  api: ApiServer,
  home: Home,
  options: { readonly address: string; readonly port: number; readonly now: () => Date },
): Promise<Listener> => {
  const certificate = {
    commonName: "slipway-apiserver",
    names: [
      ...["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
      ...["127.0.0.1", "::1", "10.96.0.1", options.address],
    ],
    now: options.now,
  };
  const tls = await issueServing(home, certificate);
  const listener = await listen(api, { host: options.address, port: options.port, tls });
  const stopRenewing = renewServing(home, certificate, listener.setCertificate);
  return {
    close: async () => {
      stopRenewing();
      api.beginShutdown();
      await listener.close();
    },
  };
};
