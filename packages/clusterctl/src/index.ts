/** What clusterctl decides, without a terminal: trees, templates, manifests, the inventory. */
export { clusterctlLabel, inventoryObject, providerLabel } from "./components/components.ts";
export * from "./describe/index.ts";
export { builtInLabel, type Installed, listInstalled } from "./inventory/inventory.ts";
