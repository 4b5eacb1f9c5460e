/** The tenants' door: the Magnum API and its Cluster API driver. */
export { createDriver, type DriverOptions } from "./driver/index.ts";
export { revokeWith } from "./driver/revoke.ts";
export * from "./http/index.ts";
export { defaultSettings, type MagnumSettings } from "./settings.ts";
