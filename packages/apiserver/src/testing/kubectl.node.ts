import { join } from "node:path";
import type { LiveApi, ProgramResult } from "./live.node.ts";
import { run } from "./live.node.ts";

/** A kubectl that speaks to a live API, in one namespace. */
export interface Kubectl {
  /** What it printed. @throws Error with all it said when it fails */
  (args: string, input?: string, more?: NodeJS.ProcessEnv): Promise<string>;
  /** However it ends. */
  try(args: string, input?: string, more?: NodeJS.ProcessEnv): Promise<ProgramResult>;
  readonly environment: NodeJS.ProcessEnv;
}

export const createKubectl = (program: string, live: LiveApi, kubeconfig: string, namespace: string): Kubectl => {
  const environment = { KUBECONFIG: kubeconfig, HOME: live.folder, KUBECACHEDIR: join(live.folder, "cache") };
  const attempt = (args: string, input?: string, more: NodeJS.ProcessEnv = {}): Promise<ProgramResult> =>
    run(program, ["-n", namespace, ...words(args)], {
      env: { ...environment, ...more },
      ...(input === undefined ? {} : { input }),
    });
  const kubectl = async (args: string, input?: string, more: NodeJS.ProcessEnv = {}): Promise<string> => {
    const result = await attempt(args, input, more);
    if (result.code !== 0) throw new Error(`kubectl ${args} ended with ${result.code}:\n${result.stdout}${result.stderr}`);
    return result.stdout;
  };
  return Object.assign(kubectl, { try: attempt, environment });
};

/** Splits at blanks outside single quotes. */
const words = (text: string): string[] => [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));

export const deployment = (image = "nginx:1.27", replicas = 2): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "${image}", ports: [{containerPort: 80}]}
      - {name: side, image: "busybox:1"}
`;

export const cluster = (name = "c1", cidr = "10.0.0.0/16"): string => `
apiVersion: cluster.x-k8s.io/v1beta1
kind: Cluster
metadata: {name: ${name}}
spec:
  clusterNetwork: {pods: {cidrBlocks: ["${cidr}"]}}
`;
