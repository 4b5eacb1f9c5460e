import type { CauseCode } from "../causes.ts";
import type { ServerFact } from "../evidence/evidence.ts";
import { type Finding, type FoundObject, type Line, line, operatorLine } from "../finding.ts";

interface Saying {
  readonly code: CauseCode;
  readonly pattern: RegExp;
  readonly title: string;
  readonly actions: (server: ServerFact) => readonly Line[];
}

/** What a guest prints before it gives up; the first of these that is there counts. */
const sayings: readonly Saying[] = [
  {
    code: "GuestKernelPanic",
    pattern: /Kernel panic|not syncing|Unable to mount root fs|No bootable device|Boot failed/i,
    title: "The server's operating system does not start",
    actions: () => [
      line("Use another image or flavor: this one does not boot here."),
      operatorLine(
        "Boot a test server from the image; compare its disk bus and firmware (hw_disk_bus, hw_firmware_type) with the hosts.",
      ),
    ],
  },
  {
    code: "GuestNoNetwork",
    pattern:
      /(?:no DHCP|DHCPDISCOVER.*(?:no|without) (?:offer|answer)|No DHCPOFFERS received|169\.254\.169\.254.*(?:unreachable|timed out|failed)|no (?:network|datasource) (?:was )?found|Network is unreachable)/i,
    title: "The server gets no network when it boots",
    actions: () => [
      line("Switch DHCP on for the cluster's subnet (`openstack subnet set --dhcp`), then let the machine be replaced."),
      operatorLine("If it is on: look at the DHCP and metadata agents of that network, and at the port's binding."),
    ],
  },
  {
    code: "KubernetesVersionMismatch",
    pattern:
      /(?:requested Kubernetes version \S+ is higher than|cannot deploy a control plane of version|kubelet version .* (?:higher|newer) than|kubeadm: not found|kubeadm: command not found|this version of kubeadm only supports deploying|neither a kube_version|version skew)/i,
    title: "The image carries another Kubernetes version than the cluster asks for",
    actions: () => [
      line("Use a template whose `kube_tag` is the version in its image, and create the cluster (or upgrade it) from that."),
      operatorLine("Correct the template's label kube_tag, or the image's property kube_version."),
    ],
  },
  {
    code: "JoinTimedOut",
    pattern:
      /couldn't validate the identity of the API Server|failed to request (?:the )?cluster-info|dial tcp \S+:\d+: (?:connect: connection refused|i\/o timeout)|context deadline exceeded/i,
    title: "The server cannot reach, or does not trust, the cluster's Kubernetes API",
    actions: (server) => [
      line("Look at the control plane first: its machines, its load balancer, its address. The machine is replaced afterwards."),
      operatorLine(
        `openstack console log show ${server.id}; a token that expired means that the server waited too long to boot.`,
      ),
    ],
  },
  {
    code: "KubeadmFailed",
    pattern: /\[ERROR \w+\]|error execution phase|\[preflight\] Some fatal errors/i,
    title: "kubeadm refuses to make a node of the server",
    actions: () => [
      line("Correct what the message names: most often a larger flavor (two CPUs, 2 GiB) or another image."),
      operatorLine("The machine is replaced by itself and will fail in the same way until that is done."),
    ],
  },
  {
    code: "CloudInitFailed",
    pattern:
      /(?:cloud-init|ignition)\[\d+\]: (?:WARNING|ERROR|CRITICAL|.*(?:Traceback|Failed))|(?:Cloud-init|Ignition) finished with errors|Failed to start cloud-|kubeadm\.service: Failed/i,
    title: "cloud-init or Ignition failed on the server",
    actions: (server) => [
      line(`Read the rest: openstack console log show ${server.id}. Use an image with a working cloud-init (22.1 or newer).`),
      operatorLine("The user data is in the Secret of the machine's KubeadmConfig; `cloud-init schema` checks it."),
    ],
  },
];

const MOST_LINES = 3;
const LONGEST = 300;

/** The cause that the console names, with the lines that name it. */
export const consoleFindings = (server: ServerFact, object: FoundObject): readonly Finding[] => {
  const lines = server.console ?? [];
  const saying = sayings.find(({ pattern }) => lines.some((one) => pattern.test(one)));
  if (saying === undefined) return [];
  const telling = lines.filter((one) => saying.pattern.test(one)).slice(-MOST_LINES);
  return [
    {
      code: saying.code,
      severity: "error",
      title: saying.title,
      evidence: [
        line(`Server ${server.name} (${server.id}) wrote on its console:`),
        ...telling.map((one) => line(withoutSecrets(one.replace(/^\[[\s\d.]+\]\s*/, "").trim()).slice(0, LONGEST))),
      ],
      actions: saying.actions(server),
      object,
      since: server.createdAt,
    },
  ];
};

/** Bootstrap tokens, keys and hashes have no place in a diagnosis. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, "<token>")
    .replace(/(--?(?:token|certificate-key|password)[= ])\S+/gi, "$1<hidden>")
    .replace(/(eyJ[\w-]+\.[\w-]+\.[\w-]+)/g, "<token>")
    .replace(/(secret|password|token)("?\s*[:=]\s*"?)[^\s",}]+/gi, "$1$2<hidden>");
