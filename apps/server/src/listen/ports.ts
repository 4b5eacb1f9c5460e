import { createServer } from "node:net";
import { HomeError } from "../home/home.ts";

/** DESIGN's ports, each plus the offset. */
export const portOf = {
  kubernetes: 6443,
  identity: 5000,
  compute: 8774,
  network: 9696,
  image: 9292,
  loadbalancer: 9876,
  volume: 8776,
  containerInfra: 9511,
  console: 8080,
  metrics: 9100,
} as const;

/** A port is taken, or may not be listened on: which, and what to do. */
export class PortError extends HomeError {
  constructor(faults: readonly string[]) {
    super(`${faults.join("\n")}\nEnd what listens there, or move every port with --port-offset 10000.`);
  }
}

/** Tries every port before anything is started, and tells all that are taken at once. @throws PortError */
export const checkPorts = async (address: string, ports: { readonly [name: string]: number }): Promise<void> => {
  const faults = await Promise.all(
    Object.entries(ports).map(async ([name, port]) => {
      const fault = await tryPort(address, port);
      return fault === undefined ? undefined : `Port ${port} (${name}) on ${address} ${fault}.`;
    }),
  );
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) throw new PortError(found);
};

const tryPort = (address: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(
        error.code === "EADDRINUSE"
          ? "is taken by another program"
          : error.code === "EACCES"
            ? "may not be used by this user"
            : `cannot be listened on (${error.code ?? error.message})`,
      );
    });
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
