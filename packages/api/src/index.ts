/** Every kind, and every shape that crosses a wire we define. Values and types, no I/O. */
export * from "./builtin/index.ts";
export * from "./client/port.ts";
export * from "./kind/kind.ts";
export * from "./kind/structural.ts";
export * from "./meta/object.ts";
export * from "./meta/resource.ts";
export * from "./meta/status.ts";
