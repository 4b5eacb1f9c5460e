import { isConflict, isNotFound, type Resource, type UnstructuredObject } from "@slipway/api";
import { crdResource, moveTypes } from "../move/types.ts";
import { fieldAt } from "../object/fields.ts";
import { Problem } from "../problem.ts";
import type { InstallTools } from "./apply.ts";

/**
 * Writes every object of a kind once more where some may still be stored in an older version, so that a new CRD can leave it out (CTL-064).
 * @param objects the new manifest
 * @throws Problem when a new CRD no longer knows the version in which its objects are stored
 */
export const migrateStorage = async (objects: readonly UnstructuredObject[], tools: InstallTools): Promise<void> => {
  for (const crd of objects.filter(({ kind }) => kind === "CustomResourceDefinition")) await migrateKind(crd, tools);
};

const migrateKind = async (crd: UnstructuredObject, { client, log }: InstallTools): Promise<void> => {
  const name = crd.metadata.name ?? "";
  const current = await client.get(crdResource, { name }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const [type] = current === undefined ? [] : moveTypes([current]);
  if (current === undefined || type === undefined) return;
  const stored = type.resource.version;
  const versions = fieldAt(crd, "spec", "versions");
  if (!(Array.isArray(versions) ? versions : []).some((version) => fieldAt(version, "name") === stored))
    throw new Problem(
      `unable to upgrade CRD "${name}" because the new CRD does not contain the storage version "${stored}" of the current CRD`,
    );
  const ever = fieldAt(current, "status", "storedVersions");
  if (Array.isArray(ever) && ever.length === 1 && ever[0] === stored) return;
  log(
    `CR migration required kind="${type.resource.kind}" storedVersions="${Array.isArray(ever) ? ever.join(",") : ""}" newStorageVersion="${stored}"`,
  );
  await rewrite(type.resource, { client });
  await client.patch(
    crdResource,
    { name },
    { type: "merge", body: { status: { storedVersions: [stored] } } },
    { subresource: "status" },
  );
};

/** An object that has gone, or that somebody has just written, needs no writing. */
const rewrite = async (resource: Resource<UnstructuredObject>, { client }: Pick<InstallTools, "client">): Promise<void> => {
  const { items } = await client.list(resource);
  for (const object of items) {
    await client.update(resource, object).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
  }
};
