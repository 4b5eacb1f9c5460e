import { generateKeyPair, issueCertificate } from "@slipway/api/pki/index.ts";
import type { ApiServer } from "@slipway/apiserver";
import { listen } from "@slipway/apiserver/http/listen.node.ts";
import type { Home } from "../home/home.ts";
import type { Listener } from "./http.ts";

const renewBeforeDays = 30;
const certificateDays = 90;

/** The management API on its port: TLS with a certificate of the home's authority, renewed while it runs; client certificates of the same. */
export const listenKubernetes = async (
  api: ApiServer,
  home: Home,
  options: { readonly address: string; readonly port: number; readonly now: () => Date },
): Promise<Listener> => {
  const certificate = async () => {
    const names = [
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
    ];
    const request = {
      commonName: "slipway-apiserver",
      sans: [...new Set([...names, "127.0.0.1", "::1", "10.96.0.1", options.address])],
      usages: ["serverAuth"],
      days: certificateDays,
    } as const;
    const issued = await issueCertificate(home.secrets.certificateAuthority, request, {
      keys: await generateKeyPair("ecdsa-p256"),
      now: options.now(),
    });
    return { key: issued.privateKeyPem, cert: issued.certificatePem, clientCa: home.secrets.certificateAuthority.certificatePem };
  };
  const listener = await listen(api, { host: options.address, port: options.port, tls: await certificate() });
  const renewal = setInterval(
    () => void certificate().then((tls) => listener.setCertificate(tls)),
    Math.min((certificateDays - renewBeforeDays) * 86_400_000, 2 ** 31 - 1),
  );
  renewal.unref();
  return {
    close: async () => {
      clearInterval(renewal);
      await listener.close();
    },
  };
};
