/** etcd's own protocol (v3): messages by their numbers in etcd's `rpc.proto`, and what a client of its keys asks for. */
export * from "./client.ts";
export * from "./keys.ts";
export * from "./protobuf.ts";
