import type { UnstructuredObject } from "@slipway/api";

/** From a patched template into the object that is made of it. */

type Path = readonly string[];
interface Fields {
  readonly [field: string]: unknown;
}

/** What the controller itself has computed of a control plane: no patch changes it. */
export const controlPlaneOwn: readonly Path[] = [
  ["machineTemplate", "metadata"],
  ["machineTemplate", "readinessGates"],
  ["machineTemplate", "infrastructureRef"],
  ["machineTemplate", "nodeDrainTimeout"],
  ["machineTemplate", "nodeVolumeDetachTimeout"],
  ["machineTemplate", "nodeDeletionTimeout"],
  ["replicas"],
  ["version"],
];

/** The object with the template's inner spec; fields of `preserved` keep what the object had. */
export const objectFrom = (
  object: UnstructuredObject,
  template: UnstructuredObject,
  preserved: readonly Path[] = [],
): UnstructuredObject => {
  const spec = preserved.reduce<Fields>((made, path) => {
    const value = fieldAt(object.spec, path);
    return value === undefined ? made : withField(made, path, value);
  }, innerSpec(template));
  return { ...object, spec };
};

/** The cluster's copy of a template with the patched one's inner spec. */
export const templateFrom = (copy: UnstructuredObject, template: UnstructuredObject): UnstructuredObject => ({
  ...copy,
  spec: withField((copy.spec ?? {}) as Fields, ["template", "spec"], innerSpec(template)),
});

const innerSpec = (template: UnstructuredObject): Fields => {
  const spec = fieldAt(template.spec, ["template", "spec"]);
  if (typeof spec !== "object" || spec === null) {
    throw new Error(`missing field "spec.template.spec" in ${template.kind} ${template.metadata.name}`);
  }
  return spec as Fields;
};

export const fieldAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (found, name) => (typeof found === "object" && found !== null ? (found as Fields)[name] : undefined),
    value,
  );

export const withField = (object: Fields, [name = "", ...rest]: Path, value: unknown): Fields => {
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = object[name];
  const fields = typeof inner === "object" && inner !== null ? (inner as Fields) : {};
  return { ...object, [name]: withField(fields, rest, value) };
};
