import type { PodExecOptions, PodProcess } from "../http/pods.ts";

/**
 * A shell that runs nothing: it knows a few words, so that remote commands can be tried without any program being started. `attach` (no
 * command) is `cat`.
 */
export const simulatedShell = (options: PodExecOptions): PodProcess => {
  const [word = "cat", ...rest] = options.command;
  const out = outlet();
  const err = outlet();
  const say = (text: string) => out.write(encoder.encode(text));
  let end: (code: number) => void = () => {};
  let broken: (error: Error) => void = () => {};
  const exit = new Promise<{ readonly code: number }>((resolve, reject) => {
    end = (code) => {
      out.close();
      err.close();
      resolve({ code });
    };
    broken = reject;
  });
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const process: PodProcess & { sizes: string[] } = {
    sizes: [],
    stdin: input.writable,
    stdout: out.readable,
    ...(options.tty ? {} : { stderr: err.readable }),
    exit,
    resize: ({ width, height }) => {
      process.sizes.push(`${width}x${height}`);
      if (word === "size") {
        say(`${width}x${height}\r\n`);
        end(0);
      }
    },
    kill: () => end(137),
  };
  const lines = async (each: (bytes: Uint8Array) => void) => {
    for await (const bytes of input.readable as unknown as AsyncIterable<Uint8Array>) each(bytes);
  };
  switch (word) {
    case "echo":
      say(`${rest.join(" ")}\n`);
      end(0);
      break;
    case "container":
      say(`${options.container}\n`);
      end(0);
      break;
    case "complain":
      err.write(encoder.encode(`${rest.join(" ")}\n`));
      end(0);
      break;
    case "exit":
      end(Number(rest[0]));
      break;
    case "break":
      out.close();
      err.close();
      broken(new Error("the container is gone"));
      break;
    case "count": {
      // As many bytes as asked for, to see that none is lost on the way.
      const piece = new Uint8Array(10_000).fill(0x78);
      for (let left = Number(rest[0]); left > 0; left -= piece.length) out.write(piece.subarray(0, Math.min(left, piece.length)));
      end(0);
      break;
    }
    case "cat":
      void lines((bytes) => out.write(bytes)).then(() => end(0));
      break;
    case "length": {
      let length = 0;
      void lines((bytes) => {
        length += bytes.length;
      }).then(() => {
        say(`${length}\n`);
        end(0);
      });
      break;
    }
    case "size":
    case "sleep":
      break;
    default:
      err.write(encoder.encode(`${word}: not found\n`));
      end(127);
  }
  return process;
};

const encoder = new TextEncoder();

const outlet = () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const readable = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
    cancel: () => {
      controller = undefined;
    },
  });
  return {
    readable,
    write: (bytes: Uint8Array) => controller?.enqueue(bytes),
    close: () => {
      controller?.close();
      controller = undefined;
    },
  };
};
