import { createServer, type Server } from "node:net";

/** Where a Slipway listens by default: Kubernetes, six services of the cloud, Magnum, console, metrics. */
const slipwayPorts = [6443, 5000, 8774, 9696, 9292, 9876, 8776, 9511, 8080, 9100] as const;

/** Held until this process ends, at an address beside the one that Slipway listens on. */
const holdAddress = "127.0.0.2";
/** Offsets that are alike in this share their simulated floating IPs (`publicNetworkFor` in apps/server). */
const networks = 128;
const firstNetworkPort = 9000;

/**
 * An offset for `--port-offset` at which a whole Slipway fits, below the ports that outgoing connections get. Between this answer and
 * the program's start others ask too, in processes of their own: the ports stay held for the one who asked first.
 */
export const freePortOffset = async (): Promise<number> => {
  for (let attempt = 0; attempt < 300; attempt++) {
    const offset = 10_000 + Math.floor(Math.random() * 12_000);
    const wanted = [firstNetworkPort + (offset % networks), ...slipwayPorts.map((port) => port + offset)];
    const held = await Promise.all(wanted.map((port) => listen(port, holdAddress)));
    const free = await Promise.all(slipwayPorts.map((port) => isFree(port + offset)));
    if (!held.includes("taken") && free.every(Boolean)) return offset;
    await Promise.all(held.map(close));
  }
  throw new Error("300 times no ten free ports were found: is this machine full of servers?");
};

/** One port of 127.0.0.1 that the kernel says is free. */
export const freePort = async (): Promise<number> => {
  const server = await listen(0, "127.0.0.1");
  const address = typeof server === "string" ? null : server.address();
  await close(server);
  if (typeof address !== "object" || address === null) throw new Error("no port of 127.0.0.1 is free");
  return address.port;
};

const isFree = async (port: number): Promise<boolean> => {
  const server = await listen(port, "127.0.0.1");
  await close(server);
  return typeof server !== "string";
};

/** Nobody's end waits for what it returns. Where a machine has no second loopback address, nothing can be held there. */
const listen = (port: number, host: string): Promise<Server | "taken" | "impossible"> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE" ? "taken" : "impossible"));
    server.listen({ port, host, exclusive: true }, () => resolve(server.unref()));
  });

const close = (server: Server | "taken" | "impossible"): Promise<void> =>
  new Promise((resolve) => (typeof server === "string" ? resolve() : server.close(() => resolve())));
