import { ApiError, type Client } from "@slipway/api";
import type { Metrics } from "../metrics/metrics.ts";

/** Counts a client's requests under client-go's name, also where no wire is in between: `rest_client_requests_total{code,method,host}`. */
export const countedClient = (client: Client, metrics: Pick<Metrics, "count">, host: string): Client => {
  const counted = <A extends readonly unknown[], R>(method: string, success: string, ask: (...args: A) => Promise<R>) => {
    const note = (code: string) => metrics.count("rest_client_requests_total", { code, method, host });
    return async (...args: A): Promise<R> => {
      try {
        const answer = await ask(...args);
        note(success);
        return answer;
      } catch (error) {
        note(error instanceof ApiError ? String(error.code) : "<error>");
        throw error;
      }
    };
  };
  return {
    get: counted("GET", "200", client.get) as Client["get"],
    list: counted("GET", "200", client.list) as Client["list"],
    watch: (resource, options) => {
      metrics.count("rest_client_requests_total", { code: "200", method: "GET", host });
      return client.watch(resource, options);
    },
    create: counted("POST", "201", client.create) as Client["create"],
    update: counted("PUT", "200", client.update) as Client["update"],
    patch: counted("PATCH", "200", client.patch) as Client["patch"],
    delete: counted("DELETE", "200", client.delete) as Client["delete"],
    deleteCollection: counted("DELETE", "200", client.deleteCollection) as Client["deleteCollection"],
  };
};
