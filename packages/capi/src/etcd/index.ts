/** etcd of real tenant clusters, spoken to in its own protocol; what needs sockets is in the `.node.ts` files. */
export * from "./credentials.ts";
export * from "./messages.ts";
