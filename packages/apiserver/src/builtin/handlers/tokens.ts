import { ApiError, Node, Pod, type Resource, Secret, ServiceAccount, type UnstructuredObject } from "@slipway/api";
import type { ServiceAccountTokens, TokenWish } from "../../http/authn/tokens.ts";
import type { Registry } from "../../registry/registry.ts";
import type { SubresourceHandler } from "../../registry/served.ts";

/** `serviceaccounts/token`: `kubectl create token`. */
export const tokenSubresource = (
  registry: () => Registry,
  tokens: () => ServiceAccountTokens | undefined,
): SubresourceHandler => ({
  create: async ({ namespace = "", name }, body, context) => {
    const issuer = tokens();
    if (issuer === undefined) throw new ApiError("ServiceUnavailable", "this API has no key to sign ServiceAccount tokens with");
    const account = await registry().get(ServiceAccount, { namespace, name }, {}, context);
    const expirationSeconds = Number(body.spec?.["expirationSeconds"] ?? 3600);
    if (expirationSeconds < 600) throw invalid(expirationSeconds, "may not specify a duration less than 10 minutes");
    if (expirationSeconds > 2 ** 32) throw invalid(expirationSeconds, "may not specify a duration larger than 2^32 seconds");
    const asked = body.spec?.["audiences"];
    const audiences = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : [issuer.issuer];
    const reference = body.spec?.["boundObjectRef"] as Reference | null | undefined;
    const bound =
      reference === undefined || reference === null ? undefined : await boundTo(registry(), namespace, reference, context);
    const issued = await issuer.issue({
      namespace,
      name,
      uid: account.metadata.uid,
      audiences,
      expirationSeconds,
      ...(bound === undefined ? {} : { bound }),
    });
    const answer: UnstructuredObject = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { name, namespace },
      spec: { audiences, expirationSeconds, boundObjectRef: reference ?? null },
      status: { token: issued.token, expirationTimestamp: issued.expirationTimestamp },
    };
    return answer;
  },
});

interface Reference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
}

const bindable: { readonly [kind: string]: Resource } = { Pod, Secret, Node };

const boundTo = async (
  registry: Registry,
  namespace: string,
  { apiVersion = "", kind = "", name = "", uid }: Reference,
  context: Parameters<Registry["get"]>[3],
): Promise<TokenWish["bound"]> => {
  const resource = bindable[kind];
  if (resource === undefined) throw new ApiError("BadRequest", `cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  const target = await registry.get(resource, resource.scope === "Cluster" ? { name } : { namespace, name }, {}, context);
  if (uid !== undefined && uid !== "" && uid !== target.metadata.uid)
    throw new ApiError(
      "Conflict",
      `Operation cannot be fulfilled on ${resource.plural} "${name}": the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return { kind: kind as "Pod" | "Secret" | "Node", name, uid: target.metadata.uid };
};

const invalid = (value: number, detail: string): ApiError => {
  const message = `Invalid value: ${value}: ${detail}`;
  return new ApiError("Invalid", `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: ${message}`, {
    details: {
      group: "authentication.k8s.io",
      kind: "TokenRequest",
      causes: [{ reason: "FieldValueInvalid", message, field: "spec.expirationSeconds" }],
    },
  });
};
