import { join } from "node:path";
import { Command } from "commander";
import { alerts } from "./commands/alerts.ts";
import { addClusterCommands } from "./commands/cluster.ts";
import { clusterCommands } from "./commands/clustercommands.ts";
import { addConsoleCommand } from "./commands/console.ts";
import { addCredentialCommand } from "./commands/credential.ts";
import { addDoctorCommands } from "./commands/doctor.ts";
import { down } from "./commands/down.ts";
import { logLevel } from "./commands/loglevel.ts";
import { logs } from "./commands/logs.ts";
import { addOrphanCommands } from "./commands/orphans.ts";
import { addSnapshotCommands } from "./commands/snapshot.ts";
import { status } from "./commands/status.ts";
import { addStoreCommands } from "./commands/store.ts";
import { addSupportBundleCommand } from "./commands/supportbundle.ts";
import { uninstall } from "./commands/uninstall.ts";
import { up } from "./commands/up.ts";
import { homePath } from "./process/home.ts";
import { runProgram } from "./process/program.ts";

const home = ["--home <dir>", "where Slipway keeps its data (SLIPWAY_HOME; default ./.slipway)"] as const;

const program = new Command("slipway")
  .description("Kubernetes-as-a-service for OpenStack clouds: Cluster API, Magnum and the operator's tools in one program.")
  .version(process.env["SLIPWAY_VERSION"] ?? "unknown", "--version")
  .showHelpAfterError("(slipway --help shows what there is)")
  .exitOverride();

program
  .command("up")
  .description("start Slipway and wait until it is ready")
  .option(...home)
  .option("-i, --inventory <file>", "what to deploy (INVENTORY; default ./inventory.yml, else the embedded demo)")
  .option("--port-offset <n>", "add this to every port, for a second Slipway on one machine")
  .option("-d, --detach", "go on in the background once it is ready")
  .option("--if-needed", "running already is no error")
  .option("--dry-run", "check everything, say what would be done, change nothing")
  .addHelpText("after", "\nExample:\n  slipway up --detach\n")
  .action(up);
program
  .command("down")
  .description("end every process of Slipway; data is kept")
  .option(...home)
  .addHelpText("after", "\nExample:\n  slipway down\n")
  .action(down);
program
  .command("uninstall")
  .description("end every process and remove the home; refuses while tenants' clusters exist")
  .option(...home)
  .option("--delete-tenants", "remove tenants' clusters too")
  .addHelpText("after", "\nExample:\n  slipway uninstall\n")
  .action(uninstall);
program
  .command("status")
  .description("show endpoints and components; exit 1 when something is not ready")
  .option(...home)
  .option("--json", "for scripts")
  .addHelpText("after", "\nExample:\n  slipway status --json | jq .endpoints\n")
  .action(status);
program
  .command("alerts")
  .description("show what the alerts say, without Prometheus and by the same rules; exit 1 while one fires")
  .option(...home)
  .option("-a, --all", "also every rule that is well")
  .option("--json", "for scripts")
  .addHelpText(
    "after",
    "\nExample:\n  slipway alerts --json | jq '.alerts[] | select(.state == \"firing\") | .annotations.summary'\n",
  )
  .action(alerts);
program
  .command("logs")
  .description("show the program's log, one JSON line an event")
  .option(...home)
  .option("-f, --follow", "go on as it grows")
  .option("-n, --tail <lines>", "how many lines", "100")
  .addHelpText("after", "\nExample:\n  slipway logs -f\n")
  .action(logs);

program
  .command("log-level [settings...]")
  .description("show how much each provider writes to its log, or change it while it runs")
  .option("--kubeconfig <file>", "the management cluster's kubeconfig (default: KUBECONFIG, else the home's)")
  .addHelpText("after", "\nExample:\n  slipway log-level openstackmachine=debug capi-controller-manager=warn\n")
  .action((settings, options) => logLevel(settings, options, join(homePath(undefined), "kubeconfig")));

addSnapshotCommands(program);
addStoreCommands(program);
addDoctorCommands(program);
addOrphanCommands(program);
addClusterCommands(program);
addConsoleCommand(program);
addCredentialCommand(program);
addSupportBundleCommand(program);

for (const command of clusterCommands({
  program: "slipway",
  defaultNamespace: "magnum-system",
  fallbackKubeconfig: () => join(homePath(undefined), "kubeconfig"),
})) {
  program.addCommand(command);
}

await runProgram(program);
