import type { PodBackend } from "@slipway/apiserver";
import type { Clock, LogLevel, Running } from "@slipway/runtime";
import { type Provider, providerOf, providers } from "./declared.ts";
import type { Levels } from "./levels.ts";
import { createPodLogs } from "./podlogs.ts";

/** This program as the machine on which the providers' Pods run: it starts and stops their controllers and keeps their lines. */
export interface ProviderHost {
  readonly nodeName: string;
  /** Which start of the program this is. */
  readonly run: string;
  readonly pods: PodBackend;
  /** Takes the program's log lines. */
  readonly write: (line: string, source: string | undefined) => void;
  readonly levelOf: (source: string | undefined) => LogLevel | undefined;
  setLevels(provider: Provider, levels: Levels): void;
  /** The Pod as which the provider's controllers work. */
  runningAs(provider: Provider): string | undefined;
  /** Whether its controllers work: they do from the program's start on unless their Deployment wants no replica. */
  isWorking(provider: Provider): boolean;
  start(provider: Provider, podUid: string): void;
  /** Resolves when the last pass is over. */
  stop(provider: Provider): Promise<void>;
  /** Tells of the controllers once they are made. */
  attach(running: Pick<Running, "hold" | "release">, held: readonly string[]): void;
  /** After each start and stop. */
  onChange(listener: (provider: Provider, running: boolean) => void): void;
}

export const createProviderHost = (options: {
  readonly clock: Pick<Clock, "now">;
  readonly run: string;
  readonly nodeName: string;
}): ProviderHost => {
  const logs = createPodLogs(options.clock);
  const running = new Map<Provider, string>();
  const held = new Set<string>();
  const levels = new Map<Provider, Levels>();
  const listeners: ((provider: Provider, running: boolean) => void)[] = [];
  const late: { controllers?: Pick<Running, "hold" | "release"> } = {};
  const tell = (provider: Provider, isRunning: boolean) => {
    for (const listener of listeners) listener(provider, isRunning);
  };
  return {
    nodeName: options.nodeName,
    run: options.run,
    pods: {
      logs: (pod, asked) => {
        const provider = providers.find(({ namespace, name }) => isOf(pod.metadata, namespace, name));
        return provider === undefined ? undefined : logs.read(provider.name, asked);
      },
    },
    write: (line, source) => {
      const provider = providerOf(source);
      if (provider !== undefined) logs.write(provider.name, line);
    },
    levelOf: (source) => {
      const provider = providerOf(source);
      return provider === undefined || source === undefined ? undefined : levels.get(provider)?.get(source);
    },
    setLevels: (provider, wanted) => void levels.set(provider, wanted),
    runningAs: (provider) => running.get(provider),
    isWorking: (provider) => !provider.controllers.some((name) => held.has(name)),
    start: (provider, podUid) => {
      running.set(provider, podUid);
      const waiting = provider.controllers.filter((name) => held.delete(name));
      if (waiting.length > 0) late.controllers?.release(waiting);
      tell(provider, true);
    },
    stop: async (provider) => {
      for (const name of provider.controllers) held.add(name);
      await late.controllers?.hold(provider.controllers);
      running.delete(provider);
      tell(provider, false);
    },
    attach: (controllers, alreadyHeld) => {
      late.controllers = controllers;
      for (const name of alreadyHeld) held.add(name);
    },
    onChange: (listener) => void listeners.push(listener),
  };
};

const isOf = (pod: { readonly namespace?: string; readonly name: string }, namespace: string, name: string): boolean =>
  pod.namespace === namespace && pod.name.startsWith(`${name}-`);
