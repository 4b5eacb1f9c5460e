import { act, phase, ready } from "@slipway/runtime";
import { type FoundCertificate, incompleteCertificates, lookUpCertificates } from "../../certificates/lookup.ts";
import { controlPlaneCertificates, workerCertificates } from "../../certificates/purposes.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** With a control plane object, that one makes the certificates; a stand-alone first machine makes its own. Who joins needs all. */
export const certificates = phase<Scope, readonly FoundCertificate[], Effect, Facts>({
  name: "certificates",
  observe: ({ client, caches, config, cluster, mode }) =>
    lookUpCertificates(
      { client, caches },
      { namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name },
      mode === "join-worker"
        ? workerCertificates(config.spec.joinConfiguration?.caCertPath)
        : controlPlaneCertificates(config.spec.clusterConfiguration),
    ),
  decide: (found, { mode, cluster }) => {
    if (mode !== "init") {
      const missing = incompleteCertificates(found);
      if (missing.length > 0)
        throw new Error(`certificates of Cluster ${cluster.metadata.name} are not complete: ${missing.join(", ")}`);
      return ready({ certificates: found });
    }
    const generates = cluster.spec.controlPlaneRef === undefined;
    return generates && found.some(({ pair, spec }) => pair === undefined && !spec.external)
      ? act("GeneratingCertificates", { call: "generateCertificates", found })
      : ready({ certificates: found });
  },
});
