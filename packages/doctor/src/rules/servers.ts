import type { Machine, Stored } from "@slipway/api";
import type { Evidence, ServerFact } from "../evidence/evidence.ts";
import { type Finding, line, operatorLine } from "../finding.ts";
import { consoleFindings } from "./console.ts";
import { classify } from "./refusals.ts";
import { minutesSince, type Rule } from "./rule.ts";

/** Nova builds a server in seconds to a few minutes. */
const BUILD_MINUTES = 10;
/** A guest that boots and joins needs a few minutes. */
const JOIN_MINUTES = 10;

/** Each machine beside the server that Nova has for it. */
export const servers: Rule = (evidence) => {
  const { objects, cloud } = evidence;
  if (cloud?.servers === undefined) return [];
  const found = new Map(cloud.servers.map((server) => [server.name, server]));
  return objects.machines.flatMap((machine) => ofMachine(machine, found.get(serverName(machine)), evidence));
};

export const serverName = (machine: Stored<Machine>): string => machine.spec.infrastructureRef?.name ?? machine.metadata.name;

const ofMachine = (machine: Stored<Machine>, server: ServerFact | undefined, { now, objects }: Evidence): readonly Finding[] => {
  const name = machine.metadata.name;
  const object = { kind: "Machine", name };
  const deleting = machine.metadata.deletionTimestamp !== undefined;
  if (server === undefined) {
    const id = objects.infraMachines.find(({ metadata }) => metadata.name === serverName(machine))?.status?.instanceID;
    if (deleting || id === undefined) return [];
    return [
      {
        code: "ServerGone",
        severity: "error",
        title: "A server of the cluster was deleted behind its back",
        evidence: [line(`Nova does not know server ${id} of machine ${name} any more.`)],
        actions: [
          line(
            "Wait: a machine that is watched by a health check is replaced after a few minutes. Nobody should delete servers of a cluster by hand.",
          ),
          operatorLine(`Or at once: kubectl delete machine ${name} -n ${machine.metadata.namespace ?? ""}.`),
        ],
        object,
        since: undefined,
      },
    ];
  }
  const common = { object, since: server.createdAt };
  switch (server.status) {
    case "ERROR": {
      const fault = server.fault ?? "Nova does not say why";
      const known = classify(fault);
      const evidence = [line(`Server ${server.name} (${server.id}) is in ERROR: ${fault}`)];
      if (known !== undefined) return [{ ...known, ...common, evidence }];
      return [
        {
          ...common,
          code: "ServerFault",
          severity: "error",
          title: "A server of the cluster is in ERROR",
          evidence,
          actions: [
            line("Wait: a worker is replaced by itself. If it goes on, ask the cloud's operator with the server's id."),
            operatorLine(`openstack server show ${server.id} -c fault, and the log of nova-compute on its host.`),
          ],
        },
      ];
    }
    case "BUILD":
      if (minutesSince(server.createdAt, now) < BUILD_MINUTES) return [];
      return [
        {
          ...common,
          code: "ServerStuck",
          severity: "error",
          title: "A server does not leave BUILD",
          evidence: [
            line(
              `Server ${server.name} (${server.id}) is being built since ${server.createdAt ?? "long"}${server.taskState === undefined ? "" : ` (${server.taskState})`}.`,
            ),
          ],
          actions: [
            line("Ask the cloud's operator with the server's id."),
            operatorLine(
              "Look at nova-compute on its host: image download, volume and port are the usual waits. Deleting the machine tries another host.",
            ),
          ],
        },
      ];
    case "SHUTOFF":
    case "PAUSED":
    case "SUSPENDED":
    case "SHELVED":
    case "SHELVED_OFFLOADED":
      if (deleting) return [];
      return [
        {
          ...common,
          since: undefined,
          code: "ServerStopped",
          severity: "error",
          title: `A server of the cluster does not run (${server.status})`,
          evidence: [line(`Server ${server.name} (${server.id}) is ${server.status}.`)],
          actions: [
            line(`Start it: openstack server start ${server.id}. If it stays off, a watched machine is replaced by itself.`),
            operatorLine("Several at once: look for a host that died (`openstack compute service list`)."),
          ],
        },
      ];
    case "ACTIVE":
      if (deleting) return server.taskState === "deleting" ? [stuckDeleting(server, object)] : [];
      return machine.status?.nodeRef === undefined ? unjoined(machine, server, now) : [];
    default:
      return [];
  }
};

const stuckDeleting = (server: ServerFact, object: Finding["object"]): Finding => ({
  code: "DeletionBlocked",
  severity: "error",
  title: "A server of the cluster does not go away",
  evidence: [line(`Server ${server.name} (${server.id}) is being deleted, and stays.`)],
  actions: [
    line("Ask the cloud's operator with the server's id."),
    operatorLine(`Look at nova-compute on its host; openstack server set --state error ${server.id} and delete it again.`),
  ],
  object,
  since: undefined,
});

/** The server runs, and no node came of it: the guest's own words say why, if it said any. */
const unjoined = (machine: Stored<Machine>, server: ServerFact, now: Date): readonly Finding[] => {
  const object = { kind: "Machine", name: machine.metadata.name };
  const told = server.console === undefined ? [] : consoleFindings(server, object);
  if (told.length > 0) return told;
  const minutes = minutesSince(server.createdAt, now);
  if (minutes < JOIN_MINUTES) return [];
  const silent = server.console !== undefined && server.console.length === 0;
  return [
    {
      code: "NodeNotJoined",
      severity: "error",
      title: "A server runs, but did not become a node",
      evidence: [
        line(`Server ${server.name} (${server.id}) is ACTIVE since ${server.createdAt ?? "long"}, and no node came of it.`),
        ...(silent ? [line("Its console log is empty.")] : lastWords(server)),
      ],
      actions: [
        line(`Read how it boots: openstack console log show ${server.id}.`),
        operatorLine("Look for cloud-init and kubeadm in it; an image without either boots and does nothing."),
      ],
      object,
      since: server.createdAt,
    },
  ];
};

const lastWords = ({ console }: ServerFact) => {
  const last = console?.findLast((text) => text.trim() !== "");
  return last === undefined ? [] : [line(`The last line of its console: ${last.trim()}`)];
};
