/** Extensions that are asked before and after what the controllers do. */

export { ExtensionConfig, type ExtensionConfigSpec, type ExtensionConfigStatus } from "./extensionconfig.ts";
export * from "./group.ts";
