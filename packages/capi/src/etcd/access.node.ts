import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { readCertificate } from "@slipway/api/pki/index.ts";
import { type GrpcChannel, type GrpcCredentials, openGrpc } from "@slipway/etcd/grpc.node.ts";
import type { EtcdAccess } from "../workload/port.ts";
import {
  emptyRequest,
  listAlarms,
  methods,
  moveLeaderTo,
  readAlarms,
  readMembers,
  readStatus,
  removeMember,
} from "./messages.ts";
import type { OpenPodPort } from "./portforward.node.ts";

export interface EtcdAccessOptions {
  /** To port 2379 of the pod `etcd-<node>`. */
  readonly open: OpenPodPort;
  /** Asked for at each connection: they may have been renewed. */
  readonly credentials: () => Promise<GrpcCredentials>;
  /** Per connection. Default 10 s. */
  readonly dialTimeoutMilliseconds?: number;
  /** Per call. Default 15 s. */
  readonly callTimeoutMilliseconds?: number;
}

const etcdPort = 2379;

/** A real cluster's etcd, member by member through the pods they run in. */
export const createEtcdAccess = (options: EtcdAccessOptions): EtcdAccess => {
  const connect = (nodeName: string) => connectMember(nodeName, options);

  /** The first that answers; none: all their reasons. */
  const withAny = async <T>(nodeNames: readonly string[], use: (channel: GrpcChannel) => Promise<T>): Promise<T> => {
    const reasons: string[] = [];
    for (const nodeName of nodeNames) {
      let member: Awaited<ReturnType<typeof connectMember>>;
      try {
        member = await connect(nodeName);
      } catch (error) {
        reasons.push(`${nodeName}: ${error instanceof Error ? error.message : String(error)}`);
        continue;
      }
      try {
        return await use(member.channel);
      } finally {
        member.channel.close();
      }
    }
    throw new Error(`no etcd member answers: ${reasons.length === 0 ? "there is no node to ask" : reasons.join("; ")}`);
  };

  return {
    members: (nodeNames) =>
      withAny(nodeNames, async (channel) => {
        const status = readStatus(await channel.call(methods.status, emptyRequest()));
        const members = readMembers(await channel.call(methods.memberList, emptyRequest()));
        const alarms = readAlarms(await channel.call(methods.alarm, listAlarms()));
        return { members, alarms, leaderId: status.leaderId, errors: status.errors };
      }),

    removeMember: (nodeNames, memberId) =>
      withAny(nodeNames, async (channel) => {
        await channel.call(methods.memberRemove, removeMember(memberId));
      }),

    // Only the leader can give its lead away, so it is the leader that is asked.
    moveLeader: async (nodeNames, toMemberId) => {
      const leader = await withAny(nodeNames, async (channel) => {
        const { leaderId } = readStatus(await channel.call(methods.status, emptyRequest()));
        const members = readMembers(await channel.call(methods.memberList, emptyRequest()));
        return members.find(({ id }) => id === leaderId);
      });
      if (leader === undefined) throw new Error("etcd has no leader that could hand over");
      if (!nodeNames.includes(leader.name)) {
        throw new Error(
          `etcd is led by member "${leader.name}", which is none of the control plane nodes ${nodeNames.join(", ")}`,
        );
      }
      const { channel } = await connect(leader.name);
      try {
        await channel.call(methods.moveLeader, moveLeaderTo(toMemberId));
      } finally {
        channel.close();
      }
    },
  };
};

/** A connection counts when the member behind it has told its status. */
const connectMember = async (
  nodeName: string,
  { open, credentials, dialTimeoutMilliseconds = 10_000, callTimeoutMilliseconds = 15_000 }: EtcdAccessOptions,
): Promise<{ readonly channel: GrpcChannel }> => {
  const authority = `etcd-${nodeName}`;
  const given = await credentials();
  let stream: Duplex | undefined;
  const dialed = (async () => {
    stream = await open(authority, etcdPort);
    return openGrpc(stream, { authority, credentials: given, callTimeoutMilliseconds });
  })();
  const channel = await withTimeout(
    dialed,
    dialTimeoutMilliseconds,
    `no connection to ${authority} within ${dialTimeoutMilliseconds / 1000} s`,
  ).catch((error: unknown) => {
    dialed.then((late) => late.close()).catch(() => stream?.destroy());
    stream?.destroy();
    throw error;
  });
  try {
    await channel.call(methods.status, emptyRequest());
    return { channel };
  } catch (error) {
    channel.close();
    throw error;
  }
};

/** Until when the API server of a node is valid for: its certificate, seen through the pod it runs in. */
export const createCertificateCheck =
  (open: OpenPodPort, timeoutMilliseconds = 10_000) =>
  async (nodeName: string, port: number): Promise<Date> => {
    const pod = `kube-apiserver-${nodeName}`;
    const stream = await open(pod, port);
    try {
      const pem = await withTimeout(
        peerCertificate(stream),
        timeoutMilliseconds,
        `no TLS answer from ${pod} within ${timeoutMilliseconds / 1000} s`,
      );
      const facts = readCertificate(pem);
      if (facts.commonName !== "kube-apiserver") {
        throw new Error(`${pod} shows a certificate of "${facts.commonName}" instead of "kube-apiserver"`);
      }
      return facts.notAfter;
    } finally {
      stream.destroy();
    }
  };

/** Not verified: nothing but its end is asked of it. */
const peerCertificate = (stream: Duplex): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectTls({ socket: stream, rejectUnauthorized: false });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error("the server showed no certificate"));
      else resolve(certificate.toString());
    });
  });

const withTimeout = async <T>(work: Promise<T>, milliseconds: number, message: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
