import { ApiError, jsonText } from "@slipway/api";
import { type FieldSet, pathsOf, printPath } from "./fieldset.ts";
import type { Manager } from "./managed.ts";

/** 409 with a cause for every field that somebody else has another value in. */
export const conflictError = (conflicts: readonly { readonly manager: Manager; readonly set: FieldSet }[]): ApiError => {
  const byManager = conflicts
    .map(({ manager, set }) => ({ name: managerText(manager), paths: [...pathsOf(set)].map(printPath) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const count = byManager.reduce((sum, { paths }) => sum + paths.length, 0);
  const causes = byManager.flatMap(({ name, paths }) =>
    paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${name}`, field })),
  );
  const text =
    count === 1
      ? `Apply failed with 1 conflict: conflict with ${byManager[0]?.name}: ${byManager[0]?.paths[0]}`
      : `Apply failed with ${count} conflicts: ${byManager
          .map(({ name, paths }) => `conflicts with ${name}:\n${paths.map((path) => `- ${path}`).join("\n")}`)
          .join("\n")}`;
  return new ApiError("Conflict", text, { details: { causes } });
};

const managerText = (manager: Manager): string => {
  const subresource = manager.subresource === "" ? "" : ` with subresource ${jsonText(manager.subresource)}`;
  const name = `${jsonText(manager.manager)}${subresource}`;
  return manager.operation === "Apply" ? name : `${name} using ${manager.apiVersion}`;
};
