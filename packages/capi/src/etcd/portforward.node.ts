import { Duplex } from "node:stream";
import { readKubeconfig } from "@slipway/api/pki/index.ts";
import { WebSocket } from "ws";

/** Opens a stream to a port inside a pod of `kube-system`. */
export type OpenPodPort = (pod: string, port: number) => Promise<Duplex>;

export interface PortForwardOptions {
  readonly timeoutMilliseconds?: number;
}

const dataChannel = 0;
const errorChannel = 1;

/**
 * Port-forward through the API server in the channel protocol over WebSocket, which every kubelet speaks: bytes on channel 0, an error
 * text on channel 1; each channel first repeats the port's number.
 */
export const podPortForward = (kubeconfig: string, options: PortForwardOptions = {}): OpenPodPort => {
  const access = readKubeconfig(kubeconfig);
  const { timeoutMilliseconds = 10_000 } = options;
  const tls = {
    ...(access.certificateAuthorityPem === undefined ? {} : { ca: access.certificateAuthorityPem }),
    ...(access.clientCertificatePem === undefined ? {} : { cert: access.clientCertificatePem }),
    ...(access.clientKeyPem === undefined ? {} : { key: access.clientKeyPem }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    ...(access.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    ...(access.token === undefined ? {} : { headers: { authorization: `Bearer ${access.token}` } }),
  };
  return (pod, port) =>
    new Promise((resolve, reject) => {
      const url = `${access.server.replace(/^http/, "ws").replace(/\/$/, "")}/api/v1/namespaces/kube-system/pods/${pod}/portforward?ports=${port}`;
      const socket = new WebSocket(url, ["v4.channel.k8s.io"], {
        ...tls,
        handshakeTimeout: timeoutMilliseconds,
        perMessageDeflate: false,
      });
      const failed = (error: Error) => reject(new Error(`port-forward to ${pod}:${port}: ${error.message}`, { cause: error }));
      socket.once("error", failed);
      socket.once("open", () => {
        socket.off("error", failed);
        resolve(streamOver(socket, `${pod}:${port}`));
      });
    });
};

const streamOver = (socket: WebSocket, where: string): Duplex => {
  const announced = new Set<number>();
  let said = "";
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) =>
      socket.send(Buffer.concat([Buffer.from([dataChannel]), chunk]), (error) => done(error ?? null)),
    final: (done) => {
      socket.close(1000);
      done();
    },
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });
  socket.on("message", (data: Buffer) => {
    const channel = data[0] ?? dataChannel;
    const body = data.subarray(1);
    if (!announced.has(channel)) {
      announced.add(channel); // the port's number
      return;
    }
    if (channel === errorChannel) {
      said = body.toString("utf8");
      stream.destroy(new Error(`port-forward to ${where}: ${said}`));
      return;
    }
    if (!stream.push(body)) socket.pause();
  });
  socket.on("error", (error) => stream.destroy(new Error(`port-forward to ${where}: ${error.message}`)));
  socket.on("close", () => {
    if (!stream.destroyed) stream.push(null);
  });
  return stream;
};
