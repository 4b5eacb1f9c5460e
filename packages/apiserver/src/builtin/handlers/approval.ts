import { ApiError } from "@slipway/api";
import type { RbacAuthorizer } from "../../http/authz/rbac.ts";
import type { UserInfo } from "../../registry/registry.ts";
import type { ResourceRules, SubresourceHandler } from "../../registry/served.ts";

/** `certificatesigningrequests/status`: only the certificate, once, and what became of it; by those who may `sign` for the signer. */
export const statusGuard =
  (rbac: () => Pick<RbacAuthorizer, "judge"> | undefined): NonNullable<ResourceRules["prepareStatus"]> =>
  (live, sent, { user }) => {
    const signer = String(live.spec?.["signerName"] ?? "");
    if (!maySigner(rbac, user, "sign", signer))
      throw new ApiError(
        "Forbidden",
        `certificatesigningrequests.certificates.k8s.io "${live.metadata.name}" is forbidden: user not permitted to sign requests with signerName "${signer}"`,
        { details: { name: live.metadata.name ?? "", group: "certificates.k8s.io", kind: "certificatesigningrequests" } },
      );
    const decided = conditionsOf(live.status).filter(isDecision);
    const others = conditionsOf(sent.status).filter((condition) => !isDecision(condition));
    const certificate = live.status?.["certificate"] ?? sent.status?.["certificate"];
    return {
      ...live,
      status: {
        ...(certificate === undefined ? {} : { certificate }),
        ...(decided.length + others.length === 0 ? {} : { conditions: [...decided, ...others] }),
      },
    };
  };

const isDecision = ({ type }: Condition): boolean => type === "Approved" || type === "Denied";

/** By the signer's own name, or by its domain with a star. */
const maySigner = (
  rbac: () => Pick<RbacAuthorizer, "judge"> | undefined,
  user: UserInfo,
  verb: "approve" | "sign",
  signer: string,
): boolean => {
  const judge = (name: string): boolean =>
    rbac()?.judge({
      user,
      verb,
      resource: { group: "certificates.k8s.io", version: "v1", resource: "signers", subresource: "", namespace: "", name },
    }).allowed ?? true;
  return judge(signer) || judge(`${signer.split("/")[0]}/*`);
};

/**
 * `certificatesigningrequests/approval`: only a decision may be added, once, and never taken back; by those who may `approve` for
 * the request's signer.
 */
export const approvalSubresource = (rbac: () => Pick<RbacAuthorizer, "judge"> | undefined): SubresourceHandler => ({
  update: (live, sent, { user }) => {
    const signer = String(live.spec?.["signerName"] ?? "");
    if (!maySigner(rbac, user, "approve", signer))
      throw new ApiError(
        "Forbidden",
        `certificatesigningrequests.certificates.k8s.io "${live.metadata.name}" is forbidden: user not permitted to approve requests with signerName "${signer}"`,
        { details: { name: live.metadata.name ?? "", group: "certificates.k8s.io", kind: "certificatesigningrequests" } },
      );
    const before = conditionsOf(live.status);
    const after = conditionsOf(sent.status);
    const decisions = (conditions: readonly Condition[]) => conditions.filter(isDecision);
    const types = new Set(decisions(after).map(({ type }) => type));
    if (types.size > 1) throw invalid("Approved and Denied conditions are mutually exclusive");
    for (const { type } of decisions(before)) if (!types.has(type)) throw invalid(`${type} condition may not be removed`);
    const others = before.filter((condition) => !isDecision(condition));
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
