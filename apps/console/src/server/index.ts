/** The console's server: sign-in, JSON for the browser's side, the live stream and the built pages. */
export * from "./console.ts";
export { createOpenWatch } from "./live/openwatch.ts";
export { defaultSessionLimits, type SessionLimits } from "./session/sessions.ts";
export { folderVault, memoryVault, openVaultKey } from "./session/vault.ts";
