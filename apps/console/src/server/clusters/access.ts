import { X509Certificate } from "node:crypto";
import { certificatesOf, createCertificateRequest, readCertificate, writeKubeconfig } from "@slipway/api/pki/index.ts";
import type { Certificates, CertificateView, Kubeconfig, SignedCertificate } from "../../contract/index.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import { Fault, invalid, isFault } from "../http/fault.ts";
import { list, textOf, textOrNull } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";
import type { Overview } from "./doors.ts";

type AccessDoors = Pick<
  Doors,
  "POST /api/clusters/:id/kubeconfig" | "GET /api/clusters/:id/certificates" | "POST /api/clusters/:id/certificates"
>;

/** Kubeconfigs and certificates, through Magnum's certificates API. Private keys are made here, sent once, and kept nowhere. */
export const accessDoors = (options: {
  readonly services: Services;
  readonly overview: Overview;
  readonly publicAuthUrl: string;
}): AccessDoors => {
  const { services, overview } = options;
  const { ask } = services;

  const authority = async (session: Session, id: string, type?: string): Promise<string> =>
    textOf(
      await ask(session, "containerInfra", "GET", `/certificates/${id}${type === undefined ? "" : `?ca_cert_type=${type}`}`),
      "pem",
    );
  /** Only the cluster's maker may have certificates signed: Magnum's default rule. */
  const sign = async (session: Session, id: string, csr: string): Promise<string> => {
    try {
      return textOf(await ask(session, "containerInfra", "POST", "/certificates", { body: { cluster_uuid: id, csr } }), "pem");
    } catch (error) {
      if (isFault(error, "forbidden"))
        throw new Fault("forbidden", "Only who made the cluster, or an administrator, may have certificates signed.", error.more);
      throw error;
    }
  };

  /** Its maker's: nobody else may look at it. Magnum names it by the cluster's uuid. */
  const credentialOf = async (session: Session, cluster: string): Promise<Certificates["credential"]> => {
    const path = `/users/${session.user.id}/application_credentials`;
    const own = await ask(session, "identity", "GET", path).catch((error: unknown) => {
      if (isFault(error, "sessionExpired")) throw error;
      return {};
    });
    const found = list(own, "application_credentials").findLast((credential) => textOf(credential, "name").startsWith(cluster));
    if (found === undefined) return null;
    return { id: textOf(found, "id"), ownerId: session.user.id, expiresAt: textOrNull(found, "expires_at") };
  };

  return {
    "POST /api/clusters/:id/kubeconfig": async ({ session, params, json }): Promise<Kubeconfig> => {
      const form = createFields(json).needText("form", 20);
      if (form !== "certificate" && form !== "exec") throw invalid("form", "Must be certificate or exec.");
      const live = await overview.get(session, params["id"] ?? "");
      const cluster = await ask(session, "containerInfra", "GET", `/clusters/${live.id}`);
      const server = textOf(cluster, "api_address");
      if (server === "" || ["CREATING", "BOOTSTRAPPING", "DELETING"].includes(live.phase))
        throw new Fault("notReady", `The API of cluster ${live.name} does not answer yet.`);
      const ca = await authority(session, live.id);
      const filename = `${live.name.replace(/[^A-Za-z0-9_.-]/g, "_")}.kubeconfig`;
      const clusterPart = { clusterName: live.name, server, certificateAuthorityPem: ca };
      if (form === "exec") {
        const where = {
          magnum: services.urlOf(session, "containerInfra"),
          cluster: live.id,
          authUrl: options.publicAuthUrl,
        };
        return { filename, yaml: execKubeconfig({ ...clusterPart, ...where }), certificateExpiresAt: null };
      }
      const csr = await createCertificateRequest({ commonName: "admin", organizations: ["system:masters"] });
      const pem = await sign(session, live.id, csr.requestPem);
      const yaml = writeKubeconfig({
        ...clusterPart,
        userName: "admin",
        clientCertificatePem: pem,
        clientKeyPem: csr.privateKeyPem,
      });
      return { filename, yaml, certificateExpiresAt: readCertificate(pem).notAfter.toISOString() };
    },
    "GET /api/clusters/:id/certificates": async ({ session, params }): Promise<Certificates> => {
      const id = params["id"] ?? "";
      const pem = await authority(session, id).catch((error: unknown) => {
        // They come with the control plane.
        if (isFault(error, "conflict")) return undefined;
        throw error;
      });
      const credential = await credentialOf(session, id);
      // While one authority takes another's place there are two.
      return { certificates: certificatesOf(pem ?? "").map((one) => certificateOf("ca", one)), credential };
    },
    "POST /api/clusters/:id/certificates": async ({ session, params, json }): Promise<SignedCertificate> => {
      const csr = createFields(json).needText("csr", 32_768);
      const cluster = await ask(session, "containerInfra", "GET", `/clusters/${params["id"] ?? ""}`);
      const pem = await sign(session, textOf(cluster, "uuid"), csr);
      return { pem, notAfter: readCertificate(pem).notAfter.toISOString() };
    },
  };
};

const certificateOf = (kind: CertificateView["kind"], pem: string): CertificateView => {
  const certificate = new X509Certificate(pem);
  const time = (text: string) => new Date(text).toISOString();
  return {
    kind,
    subject: certificate.subject.replaceAll("\n", ", "),
    issuer: certificate.issuer.replaceAll("\n", ", "),
    notBefore: time(certificate.validFrom),
    notAfter: time(certificate.validTo),
    fingerprint256: certificate.fingerprint256,
    pem,
  };
};

/** No secret in the file: kubectl runs `slipway credential`, which asks Magnum for a certificate with the user's own OpenStack login. */
const execKubeconfig = (options: {
  readonly clusterName: string;
  readonly server: string;
  readonly certificateAuthorityPem: string;
  readonly magnum: string;
  readonly cluster: string;
  readonly authUrl: string;
}): string => {
  const context = `openstack@${options.clusterName}`;
  const text = (value: string) => JSON.stringify(value);
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- name: ${text(options.clusterName)}`,
    "  cluster:",
    `    server: ${text(options.server)}`,
    `    certificate-authority-data: ${Buffer.from(options.certificateAuthorityPem).toString("base64")}`,
    "contexts:",
    `- name: ${text(context)}`,
    "  context:",
    `    cluster: ${text(options.clusterName)}`,
    "    user: openstack",
    `current-context: ${text(context)}`,
    "users:",
    "- name: openstack",
    "  user:",
    "    exec:",
    "      apiVersion: client.authentication.k8s.io/v1",
    "      command: slipway",
    "      args:",
    "      - credential",
    "      - --cluster",
    `      - ${text(options.cluster)}`,
    "      - --magnum",
    `      - ${text(options.magnum)}`,
    "      env:",
    "      - name: OS_AUTH_URL",
    `        value: ${text(options.authUrl)}`,
    "      interactiveMode: IfAvailable",
    "      provideClusterInfo: false",
    "      installHint: |",
    "        This login uses your own OpenStack credentials: set OS_CLOUD or the OS_ variables, and install Slipway's command line",
    "        (npm run build; npm link in a checkout of Slipway).",
    "",
  ].join("\n");
};
