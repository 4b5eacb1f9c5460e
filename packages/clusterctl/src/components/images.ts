import type { UnstructuredObject } from "@slipway/api";
import { fieldAt, fields } from "../object/fields.ts";

/** Where images come from instead: `all`, then a component, then one image of it; later wins (CTL-027). */
export interface ImageOverride {
  readonly repository?: string;
  readonly tag?: string;
}

/** @param images the configuration's `images` @param component a provider's manifest label, or `cert-manager` */
export const overrideImage = (image: string, component: string, images: unknown): string => {
  const { repository, name, rest } = splitImage(image);
  const keys = ["all", component, `${component}/${name}`];
  const change: ImageOverride = Object.assign({}, ...keys.map((key) => fields(fields(images)[key])));
  if (change.repository === undefined && change.tag === undefined) return image;
  const where = change.repository === undefined ? repository : change.repository.replace(/\/$/, "");
  const suffix = change.tag === undefined ? rest : `:${change.tag}`;
  return `${where === "" ? "" : `${where}/`}${name}${suffix}`;
};

const splitImage = (image: string): { readonly repository: string; readonly name: string; readonly rest: string } => {
  const slash = image.lastIndexOf("/");
  const [name = "", ...rest] = image.slice(slash + 1).split(/(?=[:@])/);
  return { repository: slash < 0 ? "" : image.slice(0, slash), name, rest: rest.join("") };
};

const workloads = new Set(["Deployment", "DaemonSet"]);
const containerLists = ["containers", "initContainers"] as const;

/** The images that a provider's components run, sorted (CTL-051). */
export const imagesOf = (objects: readonly UnstructuredObject[]): readonly string[] => {
  const found = objects
    .filter(({ kind }) => workloads.has(kind))
    .flatMap((object) => containerLists.flatMap((list) => containersOf(object, list)))
    .map((container) => container["image"])
    .filter((image): image is string => typeof image === "string" && image !== "");
  return [...new Set(found)].sort();
};

/** Only Deployments and DaemonSets are touched (CTL-028). */
export const withImages = (object: UnstructuredObject, change: (image: string) => string): UnstructuredObject => {
  if (!workloads.has(object.kind)) return object;
  const pod = fields(fieldAt(object, "spec", "template", "spec"));
  const changed = Object.fromEntries(
    containerLists
      .filter((list) => Array.isArray(pod[list]))
      .map((list) => [
        list,
        containersOf(object, list).map((container) =>
          typeof container["image"] === "string" ? { ...container, image: change(container["image"]) } : container,
        ),
      ]),
  );
  const template = fields(fieldAt(object, "spec", "template"));
  return { ...object, spec: { ...object.spec, template: { ...template, spec: { ...pod, ...changed } } } };
};

const containersOf = (object: UnstructuredObject, list: string): readonly { readonly [field: string]: unknown }[] => {
  const containers = fieldAt(object, "spec", "template", "spec", list);
  return Array.isArray(containers) ? containers.map(fields) : [];
};
