/**
 * What a client process is asked to do, and what it answers. In texts `{n}` is a number never used before, `{w}` the worker's, `{i}` which of the task's requests it is,
 * `{now}` the time, `{rv}` the resourceVersion that the worker saw last.
 */
export interface Access {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Requests {
  readonly what: "requests";
  readonly http: 1 | 2;
  /** Each waits for its answer before it asks again. */
  readonly workers: number;
  /** HTTP/2 connections that they share. Default 4. */
  readonly sessions?: number;
  readonly seconds: number;
  /** Requests a second of all workers together; absent: as fast as they can. */
  readonly perSecond?: number;
  /** So many and no more. */
  readonly most?: number;
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: { readonly [name: string]: string };
  /** Another status ends the benchmark. Default 200. */
  readonly status?: number;
}

export interface Watches {
  readonly what: "watches";
  readonly watchers: number;
  readonly sessions: number;
  readonly path: string;
}

export interface EndOfWatches {
  readonly what: "end of watches";
}

export type Task = Requests | Watches | EndOfWatches;

export interface RequestFigures {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** When the first byte of the body came, at the latest. */
  readonly firstByteMs: number;
}

export interface WatchFigures {
  /** Of the watcher with the fewest and of the one with the most. */
  readonly fewest: number;
  readonly most: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Answer {
  readonly id: number;
  readonly figures?: RequestFigures | WatchFigures | undefined;
  readonly failed?: string;
}

/** Where an object says when it was sent: a watcher reads it from the text. */
export const sentAt = /"sent":"(\d+(?:\.\d+)?)"/;
/** Milliseconds since 1970, the same in all processes of the machine. */
export const now = (): number => performance.timeOrigin + performance.now();
