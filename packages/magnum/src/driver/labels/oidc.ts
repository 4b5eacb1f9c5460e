import { apiServerArgs, type LabelEffect } from "./label.ts";

/** `oidc_issuer_url` and its companions: who else may log in to the cluster. */
export const oidc: LabelEffect = (shape, labels) => {
  const issuer = labels.text("oidc_issuer_url");
  if (issuer === undefined) return shape;
  const args: readonly (readonly [string, string | undefined])[] = [
    ["oidc-issuer-url", issuer],
    ["oidc-client-id", labels.text("oidc_client_id")],
    ["oidc-username-claim", labels.text("oidc_username_claim") ?? "sub"],
    ["oidc-username-prefix", labels.text("oidc_username_prefix") ?? "-"],
    ["oidc-groups-claim", labels.text("oidc_groups_claim")],
    ["oidc-groups-prefix", labels.text("oidc_groups_prefix")],
  ];
  return apiServerArgs(shape, Object.fromEntries(args.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))));
};
