import { atLeast, type KubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";

/** Where kubeadm's images come from unless one says otherwise; the registry moved once. */
export const defaultRegistry = "registry.k8s.io";
const formerRegistry = "k8s.gcr.io";
export const isDefaultRegistry = (repository: string): boolean => repository === defaultRegistry || repository === formerRegistry;

/** kubeadm of these releases may still name the registry that was given up, so it is written down. */
export const forcedRegistry = (version: KubernetesVersion): string | undefined =>
  atLeast(version, 1, 22) && !atLeast(version, 1, 26) ? defaultRegistry : undefined;

export interface Image {
  readonly repository: string;
  readonly name: string;
  readonly tag: string;
}

/** @throws when the image is pinned by digest or has no tag: there is no version to move on from */
export const parseImage = (text: string): Image => {
  if (text.includes("@"))
    throw new Error(`image "${text}" is pinned by digest: it cannot be kept at the control plane's version, use a tag`);
  const slash = text.lastIndexOf("/");
  const [name = "", tag] = text.slice(slash + 1).split(":");
  if (tag === undefined || name === "") throw new Error(`image "${text}" has no tag`);
  return { repository: slash < 0 ? "" : text.slice(0, slash), name, tag };
};

export const formatImage = ({ repository, name, tag }: Image): string =>
  `${repository === "" ? "" : `${repository}/`}${name}:${tag}`;

/** A version as an image tag: what a tag may not have becomes an underscore. */
export const tagOf = (version: string): string => version.replaceAll(/[^-a-zA-Z0-9_.]/g, "_");

/** The repository, when the default one has moved under it; what is below it stays. */
export const movedRepository = (current: string, wanted: string): string =>
  wanted === defaultRegistry && (current === formerRegistry || current.startsWith(`${formerRegistry}/`))
    ? `${defaultRegistry}${current.slice(formerRegistry.length)}`
    : wanted;
