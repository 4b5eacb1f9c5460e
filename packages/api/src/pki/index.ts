/** Keys, X.509 certificates and kubeconfigs: what a cluster's identity is made of. Computes only; time and keys are handed in. */
export * from "./certificates.ts";
export * from "./keys.ts";
export * from "./kubeconfig.ts";
export * from "./pem.ts";
export * from "./request.ts";
export * from "./signing.ts";
export * from "./trust.ts";
