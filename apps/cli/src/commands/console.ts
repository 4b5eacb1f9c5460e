import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";

/** `slipway console`: the tenants' console alone, in front of any Keystone and Magnum. */
export const addConsoleCommand = (program: Command): void => {
  program
    .command("console")
    .description("run the tenants' console alone, in front of any Keystone and Magnum")
    .option("--keystone <url>", "the cloud's Keystone (OS_AUTH_URL)")
    .option("--magnum <url>", "Magnum with its /v1 (default: what the cloud's catalog says)")
    .option("--region <name>", "region of the catalog's endpoints (default: the first)")
    .option("--cacert <file>", "certificates (PEM) that verify the cloud's")
    .option("--listen <address:port>", "where to listen (default: 127.0.0.1:8080)")
    .option("--home <dir>", "where sessions are kept, encrypted (default: ./.slipway-console)")
    .option("--certificate <file>", "its own TLS certificate (PEM), with those above it")
    .option("--key <file>", "the certificate's private key (PEM)")
    .option("--origin <url>", "how browsers reach it, when a proxy stands in front")
    .option("--behind-proxy", "heed X-Forwarded-Proto, -Host and -For of that proxy")
    .option("--domain <name>", "filled into the sign-in page (default: Default)")
    .option("--banner <text>", "what everybody reads above the sign-in")
    .option("--idle-minutes <n>", "a session without a request ends after so long (default: 60)")
    .option("--session-hours <n>", "a session ends after so long whatever happens (default: 12)")
    .addHelpText(
      "after",
      "\nExample:\n  slipway console --keystone https://keystone.example/v3 --certificate tls.crt --key tls.key --listen 0.0.0.0:443\n",
    )
    .action((options: { readonly [name: string]: string | boolean | undefined }) => run(options));
};

const run = (options: { readonly [name: string]: string | boolean | undefined }): Promise<never> => {
  const given = Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === undefined || value === false ? [] : value === true ? [flag] : [flag, String(value)];
  });
  const child = spawn(
    process.execPath,
    ["--enable-source-maps", fileURLToPath(new URL("./console.mjs", import.meta.url)), ...given],
    {
      stdio: "inherit",
    },
  );
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => child.kill(signal));
  return new Promise<never>(() => {
    child.once("exit", (code) => process.exit(code ?? 1));
  });
};
