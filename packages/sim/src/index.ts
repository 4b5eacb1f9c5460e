/** A small world for tests, demos and working offline: six OpenStack services, and servers that boot into Kubernetes nodes. */
export * from "./cloud/index.ts";
export * from "./guest/index.ts";
export * from "./world.ts";
