/** What the console's browser side and its server say to each other: types only. */
export type * from "./api.ts";
export type * from "./cloud.ts";
export type * from "./clusters.ts";
export type * from "./errors.ts";
export type * from "./live.ts";
export type * from "./operator.ts";
export type * from "./progress.ts";
export type * from "./session.ts";
