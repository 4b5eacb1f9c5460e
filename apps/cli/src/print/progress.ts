import picocolors from "picocolors";

/** Steps as they happen: a spinner's line on a terminal, one plain line a step elsewhere. */
export interface Progress {
  step(name: string, state: "started" | "done", detail?: string): void;
  notice(text: string): void;
  end(): void;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

export const createProgress = (out: NodeJS.WriteStream): Progress => {
  const begun = Date.now();
  const startedAt = new Map<string, number>();
  let current: { name: string; detail: string } | undefined;
  let lastLine = "";
  let frame = 0;
  const live = out.isTTY === true;
  const clear = () => live && out.write("\r\x1b[2K");
  const draw = () => {
    if (!live || current === undefined) return;
    frame = (frame + 1) % frames.length;
    clear();
    out.write(`${picocolors.cyan(frames[frame] ?? "")} ${current.name} ${picocolors.dim(current.detail)}`);
  };
  const timer = live ? setInterval(draw, 90) : undefined;
  timer?.unref();
  const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
  return {
    step: (name, state, detail = "") => {
      if (state === "started") {
        if (!startedAt.has(name)) startedAt.set(name, Date.now());
        current = { name, detail };
        if (live) draw();
        else if (detail !== "" && detail !== lastLine) out.write(`  … ${name}: ${detail}\n`);
        lastLine = detail;
        return;
      }
      clear();
      out.write(
        `${picocolors.green("✓")} ${name}${detail === "" ? "" : ` ${picocolors.dim(detail)}`} ${picocolors.dim(`(${seconds(startedAt.get(name) ?? begun)})`)}\n`,
      );
      if (current?.name === name) current = undefined;
    },
    notice: (text) => {
      clear();
      out.write(`${picocolors.yellow("!")} ${text}\n`);
    },
    end: () => {
      clear();
      if (timer !== undefined) clearInterval(timer);
    },
  };
};
