import { createCertificateRequest, readCertificate } from "@slipway/api/pki/index.ts";
import type { Command } from "commander";
import { tenantCloud, withClouds } from "../process/cloud.ts";
import { CommandError } from "../process/exit.ts";

interface CredentialOptions {
  readonly cluster: string;
  readonly magnum: string;
  readonly osCloud?: string;
  readonly osClientConfig?: string;
}

/** So long kubectl may use one before it asks again. */
const freshMilliseconds = 3_600_000;

/** `slipway credential`: what kubectl runs for a kubeconfig without a secret in it (an exec plugin). */
export const addCredentialCommand = (program: Command): void => {
  program
    .command("credential")
    .description("print a client certificate for a cluster, signed for your OpenStack login: run by kubectl")
    .requiredOption("--cluster <uuid>", "the cluster's uuid in Magnum")
    .requiredOption("--magnum <url>", "the Magnum API, with its /v1")
    .option("--os-cloud <name>", "your cloud (OS_CLOUD); else the OS_ variables of an openrc file")
    .option("--os-client-config <file>", "the clouds.yaml that it is in (OS_CLIENT_CONFIG_FILE)")
    .addHelpText(
      "after",
      "\nExample (the kubeconfig that the console offers without a secret says this):\n  slipway credential --cluster 6f1c1a3e-0b7d-4c7e-9f55-0d7f0a6b9d11 --magnum https://magnum.example:9511/v1\n",
    )
    .action(print);
};

const print = async ({ cluster, magnum, ...options }: CredentialOptions): Promise<void> => {
  const token = await withClouds(async (connect) => (await connect(tenantCloud(options)).session.token()).id);
  const request = await createCertificateRequest({ commonName: "admin", organizations: ["system:masters"] });
  const answer = await fetch(`${magnum.replace(/\/+$/, "")}/certificates`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-auth-token": token, "openstack-api-version": "container-infra latest" },
    body: JSON.stringify({ cluster_uuid: cluster, csr: request.requestPem }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new CommandError(`Magnum signs no certificate for cluster ${cluster}: ${answer.status} ${detailIn(text)}`);
  const { pem } = JSON.parse(text) as { readonly pem: string };
  const end = Math.min(readCertificate(pem).notAfter.getTime(), Date.now() + freshMilliseconds);
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: {
      expirationTimestamp: new Date(end).toISOString(),
      clientCertificateData: `${pem.trim()}\n`,
      clientKeyData: request.privateKeyPem,
    },
  };
  process.stdout.write(`${JSON.stringify(credential)}\n`);
};

const detailIn = (text: string): string => {
  try {
    const body = JSON.parse(text) as { readonly errors?: readonly { readonly detail?: string }[] };
    return body.errors?.[0]?.detail ?? "";
  } catch {
    return text.slice(0, 200);
  }
};
