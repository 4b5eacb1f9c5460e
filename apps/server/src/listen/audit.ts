import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AuditPolicy, defaultAuditPolicy, readAuditPolicy } from "@slipway/apiserver";
import { type AuditFile, openAuditFile } from "@slipway/apiserver/http/audit/file.node.ts";
import type { Logger } from "@slipway/runtime";
import { type Home, HomeError } from "../home/home.ts";

/**
 * Who did what through the Kubernetes API: JSON lines in the home's `logs/audit.log`. How much, says `audit-policy.yaml` in the home
 * (`audit.k8s.io/v1` Policy); without it, every write and read but no contents.
 */
export const openAudit = (home: Home, log: Logger): { readonly policy: AuditPolicy; readonly sink: AuditFile } => {
  const path = join(home.path, "audit-policy.yaml");
  return {
    policy: existsSync(path) ? readPolicy(path) : defaultAuditPolicy,
    sink: openAuditFile({
      path: join(home.logsPath, "audit.log"),
      onTrouble: (error) =>
        error === undefined
          ? log.info("the audit log is written again")
          : log.error("the audit log cannot be written: requests go on and are not in it", { error: String(error) }),
    }),
  };
};

const readPolicy = (path: string): AuditPolicy => {
  try {
    return readAuditPolicy(readFileSync(path, "utf8"));
  } catch (error) {
    throw new HomeError(`${path} cannot be used: ${error instanceof Error ? error.message : error}. Mend it, or take it away.`);
  }
};
