/** The Magnum REST API: a request becomes one object, and is read back as JSON. */
export { createMagnum, type Magnum, type MagnumOptions } from "./server.ts";
