import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { Pod, Role, RoleBinding } from "@slipway/api";
import { readKubeconfig } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { findKubectl } from "../../../../../scripts/kubectl.mjs";
import { createKubectl, type Kubectl } from "../../testing/kubectl.node.ts";
import { type LiveApi, startLiveApi } from "../../testing/live.node.ts";
import { simulatedShell } from "../../testing/shell.ts";

/** kubectl exec, attach and port-forward, by WebSocket and by SPDY, against pods that are simulated: nothing is run on this machine. */

let live: LiveApi;
let k: Kubectl;
let admin: string;
let echo: Server;
let program: string;
const children: ChildProcess[] = [];

const protocols = [
  ["WebSocket", { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "true", KUBECTL_PORT_FORWARD_WEBSOCKETS: "true" }],
  ["SPDY", { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false", KUBECTL_PORT_FORWARD_WEBSOCKETS: "false" }],
] as const;

beforeAll(async () => {
  program = findKubectl();
  echo = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  live = await startLiveApi({
    pods: {
      exec: (pod, options) => (pod.metadata.name === "empty" ? undefined : simulatedShell(options)),
      attach: (_pod, options) => simulatedShell(options),
      portForward: (_pod, port) => {
        if (port !== 7) return undefined;
        const { readable, writable } = Duplex.toWeb(createConnection((echo.address() as { port: number }).port, "127.0.0.1"));
        return { readable: readable as ReadableStream<Uint8Array>, writable: writable as WritableStream<Uint8Array> };
      },
    },
  });
  admin = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
  k = createKubectl(program, live, admin, "default");
  for (const name of ["pod", "empty"]) {
    const pod = await live.api.client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: {
        nodeName: "n",
        containers: [
          { name: "main", image: "i", stdin: true, tty: false },
          { name: "side", image: "i" },
        ],
      },
    });
    const running = (each: string) => ({
      name: each,
      image: "i",
      imageID: "",
      ready: true,
      restartCount: 0,
      state: { running: {} },
    });
    await live.api.client.update(
      Pod,
      { ...pod, status: { phase: "Running", containerStatuses: [running("main"), running("side")] } },
      { subresource: "status" },
    );
  }
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  echo.close();
  await live.close();
});

describe.each(protocols)("over %s", (_name, environment) => {
  const exec = (args: string, input?: string) => k.try(`exec ${args}`, input, environment);

  test("a command's output, its errors, its input and its exit code arrive [API-298] [API-299]", async () => {
    expect(await exec("pod -c main -- echo hello there")).toMatchObject({ code: 0, stdout: "hello there\n", stderr: "" });
    expect(await exec("pod -c side -- container")).toMatchObject({ code: 0, stdout: "side\n" });
    expect(await exec("pod -c main -- complain loudly")).toMatchObject({ code: 0, stdout: "", stderr: "loudly\n" });
    expect(await exec("pod -c main -i -- cat", "line 1\nline 2\n")).toMatchObject({ code: 0, stdout: "line 1\nline 2\n" });
    expect(await exec("pod -c main -- exit 3")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("command terminated with exit code 3"),
    });
    expect(await exec("pod -c main -- nosuch")).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("nosuch: not found"),
    });
  });

  test("no byte is lost in either direction [API-298]", async () => {
    const { stdout } = await exec("pod -c main -- count 3000000");
    expect(stdout.length).toBe(3_000_000);
    expect((await exec("pod -c main -i -- length", "y".repeat(2_000_000))).stdout).toBe("2000000\n");
  });

  test("attaching joins what runs already [API-298]", async () => {
    const { stdout } = await k.try("attach pod -c main -i", "typed\n", environment);
    expect(stdout).toContain("typed\n");
  });

  test("what cannot be is said in words [API-298]", async () => {
    expect((await exec("pod -c nosuch -- echo")).stderr).toContain("nosuch");
    expect((await exec("empty -c main -- echo")).stderr).toContain("nothing here runs its containers");
    expect((await exec("pod -c main -- break")).stderr).toContain("the container is gone");
  });

  test("a forwarded port leads to whoever listens there, for many connections at once [API-298]", async () => {
    const child = spawn(program, ["-n", "default", "port-forward", "pod/pod", ":7"], {
      env: { ...k.environment, ...environment },
    });
    children.push(child);
    let said = "";
    child.stdout.on("data", (data: Buffer) => {
      said += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      said += data.toString();
    });
    while (!/127\.0\.0\.1:(\d+) -> 7/.test(said)) {
      if (child.exitCode !== null) throw new Error(said);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const port = Number(/127\.0\.0\.1:(\d+) -> 7/.exec(said)?.[1]);
    const talk = async (text: string): Promise<string> => {
      const socket: Socket = createConnection(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(text);
      let back = "";
      while (back.length < text.length) {
        const [piece] = (await once(socket, "data")) as [Buffer];
        back += piece.toString();
      }
      socket.destroy();
      return back;
    };
    expect(await talk("ping")).toBe("ping");
    const texts = Array.from({ length: 12 }, (_, at) => `${at}`.repeat(50_000));
    expect(await Promise.all(texts.map(talk))).toEqual(texts);
    child.kill();
  });
});

test("running a command takes the right to create, whichever way it comes [API-393]", async () => {
  const group = "rbac.authorization.k8s.io";
  const metadata = { name: "looker", namespace: "default" };
  await live.api.client.create(Role, {
    apiVersion: `${group}/v1`,
    kind: "Role",
    metadata,
    rules: [{ apiGroups: [""], resources: ["pods", "pods/exec"], verbs: ["get", "list"] }],
  });
  await live.api.client.create(RoleBinding, {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: group, kind: "Role", name: "looker" },
    subjects: [{ apiGroup: group, kind: "User", name: "looker" }],
  });
  const looker = createKubectl(program, live, await live.kubeconfig({ name: "looker", groups: [] }), "default");
  for (const [, environment] of protocols) {
    const refused = await looker.try("exec pod -c main -- echo hello", undefined, environment);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('cannot create resource "pods/exec"');
  }
});

describe("browsers", () => {
  test("speak base64, resize a terminal, and get the outcome as a Status [API-298]", async () => {
    const access = readKubeconfig(readFileSync(admin, "utf8"));
    const tls = { ca: live.certificateAuthority, cert: access.clientCertificatePem, key: access.clientKeyPem };
    const url = `${live.listener.url.replace("https", "wss")}/api/v1/namespaces/default/pods/pod/exec?container=main`;
    const socket = new WebSocket(
      `${url}&command=size&stdin=true&stdout=true&stderr=true&tty=true`,
      ["v4.base64.channel.k8s.io"],
      tls,
    );
    const messages: string[] = [];
    socket.on("message", (data: Buffer) => messages.push(data.toString()));
    await once(socket, "message");
    socket.send(`4${Buffer.from('{"Width":120,"Height":40}').toString("base64")}`);
    await once(socket, "close");
    const text = (channel: string) =>
      messages
        .flatMap((message) => (message.startsWith(channel) ? [Buffer.from(message.slice(1), "base64").toString()] : []))
        .join("");
    expect(text("1")).toBe("120x40\r\n");
    expect(JSON.parse(text("3"))).toEqual({ metadata: {}, status: "Success" });
    const unknown = new WebSocket(`${url}&command=size&stdout=true`, ["v9.channel.k8s.io"], tls);
    const [error] = (await once(unknown, "error")) as [Error];
    expect(error.message).toContain("400");
  });
});
