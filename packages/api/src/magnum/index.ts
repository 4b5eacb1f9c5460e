/** Group magnum.slipway.dev: the Magnum API's records, kept as objects. */
export * from "./carotation.ts";
export * from "./common.ts";
export * from "./magnumcluster.ts";
export * from "./magnumclustertemplate.ts";
export * from "./magnumquota.ts";
