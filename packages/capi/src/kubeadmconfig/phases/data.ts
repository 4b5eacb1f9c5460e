import { KubeadmConfig } from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/index.ts";
import { act, ownerRef, phase } from "@slipway/runtime";
import { clusterSecret } from "../../certificates/secrets.ts";
import { bootstrapDocument } from "../document.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** The document, into a Secret of the KubeadmConfig's name: found again by whoever asks twice. */
export const data = phase<Scope, null, Effect, Facts>({
  name: "data",
  observe: () => null,
  decide: (_, { mode, config, cluster, owner }, { certificates = [], contents, filled = config.spec }) => {
    if (owner.version === undefined)
      throw new Error(`${owner.kind} ${owner.name} has no spec.version: kubeadm's own cannot be chosen`);
    const document = bootstrapDocument({
      mode,
      spec: filled,
      kubernetesVersion: owner.version,
      certificates,
      files: contents?.files ?? [],
      users: contents?.users ?? [],
    });
    const place = {
      namespace: config.metadata.namespace ?? "",
      cluster: cluster.metadata.name,
      owner: { ...ownerRef(config, KubeadmConfig), controller: true },
    };
    const secret = clusterSecret(place, config.metadata.name, {
      value: textToBase64(document.text),
      format: textToBase64(document.format),
    });
    const told = document.warnings.length === 0 ? {} : { message: document.warnings.join("; ") };
    return act("StoringData", { call: "putDataSecret", secret }, { facts: { dataSecretName: config.metadata.name }, ...told });
  },
});
