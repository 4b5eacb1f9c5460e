import { ApiError, jsonText, type Pod, type Stored } from "@slipway/api";
import { connectOptions } from "../admission/connect.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import { type Answer, type AnswerBody, textAnswer } from "./exchange.ts";
import { contextOf, type ResourceCall } from "./resources.ts";

/** What only a kubelet can answer, asked of whoever plays it: the simulated guests, or this program for its own components. */
export interface PodBackend {
  /** Lines of a container, each with its newline. Undefined: nothing is known of it, which prints nothing. */
  logs?(pod: Stored<Pod>, options: PodLogOptions): AsyncIterable<string> | string | undefined;
  /** A connection to a port inside the pod. Undefined: nothing listens there. */
  portForward?(pod: Stored<Pod>, port: number): PodStream | undefined;
  /** Runs a command in a container. Undefined: nothing can be run in this pod. */
  exec?(pod: Stored<Pod>, options: PodExecOptions): PodProcess | undefined;
  /** Joins what a container runs already; `command` is empty. */
  attach?(pod: Stored<Pod>, options: PodExecOptions): PodProcess | undefined;
}

export interface PodExecOptions {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A command that runs. Its outputs end before or with it. */
export interface PodProcess {
  /** Absent: it reads nothing. */
  readonly stdin?: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Absent with a terminal: then everything is on `stdout`. */
  readonly stderr?: ReadableStream<Uint8Array>;
  /** Rejects when it could not be run. */
  readonly exit: Promise<{ readonly code: number }>;
  resize?(size: { readonly width: number; readonly height: number }): void;
  /** The client has gone. */
  kill(): void;
}

export interface PodLogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

/** Two directions of bytes. */
export interface PodStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Answers pods' `log` and says plainly what cannot be done; undefined: not one of these subresources. */
export type PodStreams = (call: ResourceCall, resource: ServedResource) => Promise<Answer | undefined>;

const streams = ["exec", "attach", "portforward"] as const;
export type StreamedSubresource = (typeof streams)[number];
export const isStreamedSubresource = (name: string): name is StreamedSubresource => (streams as readonly string[]).includes(name);

export const createPodStreams = (registry: Registry, backend: PodBackend): PodStreams => {
  const podOf = async (call: ResourceCall, resource: ServedResource): Promise<Stored<Pod>> => {
    const { namespace, name } = call.info;
    const pod = await registry.get(resource, { namespace, name }, {}, { user: call.user, warn: call.warn });
    return pod as unknown as Stored<Pod>;
  };

  return async (call, resource) => {
    const { subresource } = call.info;
    const connect = () =>
      registry.connect(
        resource,
        { ...(resource.scope === "Namespaced" ? { namespace: call.info.namespace } : {}), name: call.info.name, subresource },
        connectOptions(resource, subresource, call.exchange.query, call.info.rest),
        contextOf(call),
      );
    if (subresource === "proxy" && resource.group === "" && ["pods", "services", "nodes"].includes(resource.plural)) {
      await connect();
      throw new ApiError(
        "ServiceUnavailable",
        `proxying to ${resource.plural} is not possible here: no kubelet and no pod network`,
      );
    }
    if (resource.group !== "" || resource.plural !== "pods") return undefined;
    if (subresource === "log") {
      if (call.info.verb !== "get") return undefined;
      return logs(call, await podOf(call, resource), backend);
    }
    if (!isStreamedSubresource(subresource)) return undefined;
    const pod = await podOf(call, resource);
    await connect();
    checkStreamable(pod, subresource, backend);
    throw new ApiError("BadRequest", "Upgrade request required");
  };
};

/** @throws ApiError when nothing could be streamed to or from this pod */
export const checkStreamable = (pod: Stored<Pod>, subresource: StreamedSubresource, backend: PodBackend): void => {
  const { name } = pod.metadata;
  if ((pod.spec?.nodeName ?? "") === "") throw new ApiError("BadRequest", `pod ${name} does not have a host assigned`);
  const able = { exec: backend.exec, attach: backend.attach, portforward: backend.portForward }[subresource];
  if (able === undefined) throw notPossible(name, subresource);
};

export const notPossible = (name: string, subresource: string): ApiError =>
  new ApiError("", `${subresource} is not possible for pod ${name}: nothing here runs its containers`, { code: 501 });

/** What `?command=…&stdin=true…` asks for. @throws ApiError BadRequest */
export const execOptions = (pod: Stored<Pod>, subresource: "exec" | "attach", query: URLSearchParams): PodExecOptions => {
  const flag = (key: string) => query.get(key) === "true" || query.get(key) === "1";
  const options: PodExecOptions = {
    container: containerFor(pod, query.get("container") ?? ""),
    command: query.getAll("command"),
    stdin: flag("stdin"),
    stdout: flag("stdout"),
    stderr: flag("stderr"),
    tty: flag("tty"),
  };
  if (!options.stdin && !options.stdout && !options.stderr)
    throw new ApiError("BadRequest", "you must specify at least 1 of stdin, stdout, stderr");
  if (subresource === "exec" && options.command.length === 0)
    throw new ApiError("BadRequest", "you must specify at least one command for the container");
  return options;
};

const logs = (call: ResourceCall, pod: Stored<Pod>, backend: PodBackend): Answer => {
  const { query, signal } = call.exchange;
  const container = containerFor(pod, query.get("container") ?? "");
  const number = (key: string): number | undefined => {
    const value = query.get(key);
    if (value === null || value === "") return undefined;
    if (!/^\d+$/.test(value)) throw new ApiError("BadRequest", `${key}: Invalid value: ${jsonText(value)}: must be a number`);
    return Number(value);
  };
  const tailLines = number("tailLines");
  const sinceSeconds = number("sinceSeconds");
  const limitBytes = number("limitBytes");
  const sinceTime = query.get("sinceTime");
  const flag = (key: string) => query.get(key) === "true" || query.get(key) === "1";
  const found = backend.logs?.(pod, {
    container,
    follow: flag("follow"),
    previous: flag("previous"),
    timestamps: flag("timestamps"),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime === null ? {} : { sinceTime }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    signal,
  });
  const body: AnswerBody = found ?? "";
  return { ...textAnswer(200, ""), headers: { "content-type": "text/plain" }, body, longRunning: true };
};

const containerFor = (pod: Stored<Pod>, asked: string): string => {
  const regular = (pod.spec?.containers ?? []).map(({ name }) => name);
  const others = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.ephemeralContainers ?? [])].map(({ name }) => name);
  if (asked === "") {
    const preferred = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
    const [only] = regular;
    if (preferred !== undefined && regular.includes(preferred)) return preferred;
    if (regular.length === 1 && only !== undefined) return only;
    throw new ApiError(
      "BadRequest",
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${regular.join(" ")}]`,
    );
  }
  if (regular.includes(asked) || others.includes(asked)) return asked;
  throw new ApiError("BadRequest", `container ${asked} is not valid for pod ${pod.metadata.name}`);
};
