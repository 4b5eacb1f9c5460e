/** Exit codes that scripts can use (PLAT-023). */
export const exitCode = { ok: 0, failed: 1, usage: 2, preflight: 3, inventory: 4, interrupted: 5 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** A command ends with this: one clear sentence on stderr, and a code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: ExitCode;
  constructor(message: string, code: ExitCode = exitCode.failed) {
    super(message);
    this.code = code;
  }
}
