/** A cluster's certificates and kubeconfig: made once, kept in Secrets, written onto control plane nodes. */
export * from "./files.ts";
export * from "./kubeconfig.ts";
export * from "./lookup.ts";
export * from "./purposes.ts";
export * from "./secrets.ts";
