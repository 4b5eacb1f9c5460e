import { startLiveApi } from "./live.node.ts";

/**
 * An API in a process of its own, over memory: prints the path of an administrator's kubeconfig on a line, and ends when its standard input
 * does, which is when whoever started it has ended, however that came.
 */
const live = await startLiveApi();
process.stdout.write(`${await live.kubeconfig({ name: "admin", groups: ["system:masters"] })}\n`);
process.stdin.resume();
process.stdin.once("end", () => void live.close().then(() => process.exit(0)));
