import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isNotFound } from "@slipway/api";
import { clientContract } from "@slipway/apiserver/client/contract.ts";
import { connectKubeconfig } from "./undici.node.ts";

/**
 * The same promises by the third door: any kube-apiserver, named by the kubeconfig in SLIPWAY_TEST_KUBECONFIG (an administrator's; the
 * namespace `contract` and the CRD `samples.contract.slipway.dev` are made there and taken away again). Without it, our own server in a
 * process of its own stands there.
 */

const given = process.env["SLIPWAY_TEST_KUBECONFIG"];

const startServer = async (): Promise<{ readonly kubeconfig: string; close(): Promise<void> }> => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const program = fileURLToPath(new URL("../../../apiserver/src/testing/standalone.node.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", tsx, program], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => Promise.reject(new Error(`the server ended with ${String(code)} before it was there`))),
  ])) as [string];
  return {
    kubeconfig: readFileSync(line, "utf8"),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
};

clientContract(given === undefined ? "a server in another process" : "the server of SLIPWAY_TEST_KUBECONFIG", async () => {
  const server =
    given === undefined ? await startServer() : { kubeconfig: readFileSync(given, "utf8"), close: async () => undefined };
  const connection = connectKubeconfig(server.kubeconfig);
  const { client } = connection;
  const takeAway = async (group: string, kind: string, plural: string, name: string) => {
    try {
      await client.delete({ group, version: "v1", kind, plural, scope: "Cluster" }, { name });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
  return {
    client,
    close: async () => {
      await takeAway(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "samples.contract.slipway.dev",
      );
      await takeAway("", "Namespace", "namespaces", "contract");
      await connection.close();
      await server.close();
    },
  };
});
