import type { UnstructuredObject } from "@slipway/api";
import type { RegistryWriteOptions } from "./registry.ts";
import type { ServedResource } from "./served.ts";

/** Who owns which field: `managedFields` as server-side apply needs them. */
export const recordCreate = (
  _served: ServedResource,
  object: UnstructuredObject,
  _options: RegistryWriteOptions,
  _now: string,
): UnstructuredObject => object;

export const recordUpdate = (
  _served: ServedResource,
  object: UnstructuredObject,
  _live: UnstructuredObject,
  _options: RegistryWriteOptions,
  _now: string,
): UnstructuredObject => object;
