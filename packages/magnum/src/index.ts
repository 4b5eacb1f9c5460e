/** The tenants' door: the Magnum API and its Cluster API driver. */
export * from "./http/index.ts";
export { defaultSettings, type MagnumSettings } from "./settings.ts";
