import { lt, major, minor, valid } from "semver";
import { badRequest } from "../errors.ts";

/** What an image says that it carries, in its property `kube_version`; the label `kube_tag` goes before it. */
export const versionOfImage = (image: {
  readonly properties: { readonly [name: string]: string | undefined };
}): string | undefined => {
  const stated = image.properties["kube_version"];
  return stated === undefined || stated.startsWith("v") ? stated : `v${stated}`;
};

/** Kubernetes goes up one minor version at a time and never down. @throws MagnumError 400 */
export const checkUpgradePath = (from: string, to: string): void => {
  if (valid(to) === null) throw badRequest(`kube_tag ${to} is not a Kubernetes version such as v1.34.1.`);
  if (valid(from) === null) return;
  if (lt(to, from)) throw badRequest(`The cluster runs ${from}: a downgrade to ${to} is not possible.`);
  if (major(to) !== major(from) || minor(to) > minor(from) + 1)
    throw badRequest(
      `The cluster runs ${from}: an upgrade to ${to} would skip a minor version. Upgrade one minor version at a time.`,
    );
};
