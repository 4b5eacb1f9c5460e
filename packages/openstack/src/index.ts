/** Typed clients for Keystone, Nova, Neutron, Octavia, Glance and Cinder: only the calls that Slipway makes. */
export * from "./transport/transport.ts";
