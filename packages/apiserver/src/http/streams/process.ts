import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import type { PodProcess } from "../pods.ts";

/** Where a remote command's bytes go and come from; what was not asked for is absent. */
export interface CommandStreams {
  readonly stdin?: ReadableStream<Uint8Array>;
  readonly stdout?: StreamEnd;
  readonly stderr?: StreamEnd;
  /** How it ended. */
  readonly error: StreamEnd;
  /** JSON, `{"Width":80,"Height":24}`. */
  readonly resize?: ReadableStream<Uint8Array>;
}

export interface StreamEnd {
  write(data: Uint8Array): Promise<void>;
  end(): void;
}

export interface CommandOptions {
  /** From version 4 on the outcome is a Status, before it a text when something went wrong. */
  readonly statusAsJson: boolean;
  /** The client has gone. */
  readonly left: Promise<void>;
}

/** Connects a process with its client until it ends or the client leaves. */
export const runCommand = async (process: PodProcess, streams: CommandStreams, options: CommandOptions): Promise<void> => {
  void options.left.then(() => process.kill());
  void streams.stdin?.pipeTo(process.stdin ?? new WritableStream()).catch(() => {});
  if (streams.resize !== undefined) void follow(streams.resize, process);
  const outputs = [
    copy(process.stdout, streams.stdout),
    ...(process.stderr === undefined ? [] : [copy(process.stderr, streams.stderr)]),
  ];
  let outcome: Outcome;
  try {
    const { code } = await process.exit;
    outcome = code === 0 ? { metadata: {}, status: "Success" } : failed(code);
  } catch (error) {
    const message = `error executing command in container: ${error instanceof Error ? error.message : String(error)}`;
    outcome = { metadata: {}, status: "Failure", message, reason: "InternalError", code: 500 };
  }
  await Promise.all(outputs);
  const text = options.statusAsJson ? jsonText(outcome) : outcome.status === "Success" ? "" : (outcome.message ?? "");
  if (text !== "") await streams.error.write(new TextEncoder().encode(text));
  for (const end of [streams.stdout, streams.stderr, streams.error]) end?.end();
};

/** A Status as kubelets write it: without its kind. */
interface Outcome {
  readonly metadata: object;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes: readonly { readonly reason: string; readonly message: string }[] };
  readonly code?: number;
}

/** kubectl exits with the code in the cause. */
const failed = (code: number): Outcome => ({
  metadata: {},
  status: "Failure",
  message: `command terminated with non-zero exit code: exit status ${code}`,
  reason: "NonZeroExitCode",
  details: { causes: [{ reason: "ExitCode", message: String(code) }] },
});

const copy = async (from: ReadableStream<Uint8Array>, to: StreamEnd | undefined): Promise<void> => {
  const reader = from.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      await to?.write(value);
    }
  } catch {
    // The process broke off; how it ended is told by its exit.
  }
};

const follow = async (resize: ReadableStream<Uint8Array>, process: PodProcess): Promise<void> => {
  const reader = resize.getReader();
  let text = "";
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }) as const);
    if (done || value === undefined) return;
    text = (text + decoder.decode(value, { stream: true })).slice(-1024);
    for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
      const size = sizeOf(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size !== undefined) process.resize?.(size);
    }
  }
};

const sizeOf = (text: string): { readonly width: number; readonly height: number } | undefined => {
  try {
    const { Width, Height } = parseJson(text) as { Width?: unknown; Height?: unknown };
    return typeof Width === "number" && typeof Height === "number" ? { width: Width, height: Height } : undefined;
  } catch {
    return undefined;
  }
};
