import { ApiError } from "@slipway/api";
import type { RbacAuthorizer } from "../../http/authz/rbac.ts";
import type { SubresourceHandler } from "../../registry/served.ts";

/**
 * `certificatesigningrequests/approval`: only a decision may be added, once, and never taken back; by those who may `approve` for
 * the request's signer.
 */
export const approvalSubresource = (rbac: () => Pick<RbacAuthorizer, "judge"> | undefined): SubresourceHandler => ({
  update: (live, sent, { user }) => {
    const signer = String(live.spec?.["signerName"] ?? "");
    const resource = {
      group: "certificates.k8s.io",
      version: "v1",
      resource: "signers",
      subresource: "",
      namespace: "",
      name: signer,
    };
    const wildcard = `${signer.split("/")[0]}/*`;
    const may = (name: string) => rbac()?.judge({ user, verb: "approve", resource: { ...resource, name } }).allowed ?? true;
    if (!may(signer) && !may(wildcard))
      throw new ApiError(
        "Forbidden",
        `certificatesigningrequests.certificates.k8s.io "${live.metadata.name}" is forbidden: user not permitted to approve requests with signerName "${signer}"`,
        { details: { name: live.metadata.name ?? "", group: "certificates.k8s.io", kind: "certificatesigningrequests" } },
      );
    const before = conditionsOf(live.status);
    const after = conditionsOf(sent.status);
    const decisions = (conditions: readonly Condition[]) =>
      conditions.filter(({ type }) => type === "Approved" || type === "Denied");
    const types = new Set(decisions(after).map(({ type }) => type));
    if (types.size > 1) throw invalid("Approved and Denied conditions are mutually exclusive");
    for (const { type } of decisions(before)) if (!types.has(type)) throw invalid(`${type} condition may not be removed`);
    const others = before.filter(({ type }) => type !== "Approved" && type !== "Denied");
    return { ...live, status: { ...live.status, conditions: [...others, ...decisions(after)] } };
  },
});

interface Condition {
  readonly type: string;
}

const conditionsOf = (status: { readonly [field: string]: unknown } | undefined): readonly Condition[] => {
  const conditions = status?.["conditions"];
  return Array.isArray(conditions) ? (conditions as readonly Condition[]) : [];
};

const invalid = (detail: string): ApiError =>
  new ApiError(
    "Invalid",
    `CertificateSigningRequest.certificates.k8s.io "" is invalid: status.conditions: Forbidden: ${detail}`,
    {
      details: {
        group: "certificates.k8s.io",
        kind: "CertificateSigningRequest",
        causes: [{ reason: "FieldValueForbidden", message: `Forbidden: ${detail}`, field: "status.conditions" }],
      },
    },
  );
