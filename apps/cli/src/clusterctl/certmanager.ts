import { isNotFound, type Resource, refOf, type UnstructuredObject } from "@slipway/api";
import { type Components, clusterctlLabel, coreLabel } from "@slipway/clusterctl/components/components.ts";
import { overrideImage, withImages } from "@slipway/clusterctl/components/images.ts";
import { applyObject, type InstallTools } from "@slipway/clusterctl/install/apply.ts";
import { certManagerAnnotation, planCertManager } from "@slipway/clusterctl/install/certmanager.ts";
import { fieldAt } from "@slipway/clusterctl/object/fields.ts";
import { Problem } from "@slipway/clusterctl/problem.ts";
import { readObjects } from "@slipway/clusterctl/template/yaml.ts";
import type { Settings } from "./settings.ts";
import { readSource } from "./templatesource.ts";

/** The release that providers of this contract are tried with. */
export const certManagerVersion = "v1.18.1";
const patienceSeconds = 600;

/** Only a manifest with certificates needs somebody to sign them. */
export const certificatesNeeded = ({ objects }: Pick<Components, "objects">): boolean =>
  objects.some(({ apiVersion }) => apiVersion.startsWith("cert-manager.io/"));

const issuers: Resource<UnstructuredObject> = {
  group: "cert-manager.io",
  version: "v1",
  kind: "Issuer",
  plural: "issuers",
  scope: "Namespaced",
};

/** The release to install: the configuration's, else the one above. */
export const wantedCertManager = (settings: Settings): string =>
  String(fieldAt(settings.config("cert-manager"), "version") ?? certManagerVersion);

/** Installs cert-manager unless there is one, whoever runs it, and waits until it answers (CTL-052, CTL-053). */
export const ensureCertManager = async (tools: InstallTools, settings: Settings): Promise<void> => {
  if (!(await answers(tools))) await installCertManager(tools, settings);
};

/** Upgrades the one that clusterctl installed; nobody else's is touched (CTL-054, CTL-061). */
export const upgradeCertManager = async (tools: InstallTools, settings: Settings): Promise<void> => {
  const plan = await planCertManager(tools.client, wantedCertManager(settings));
  if (plan?.shouldUpgrade) await installCertManager(tools, settings);
};

const installCertManager = async (tools: InstallTools, settings: Settings): Promise<void> => {
  const version = wantedCertManager(settings);
  tools.log(`Installing cert-manager version="${version}"`);
  for (const object of readObjects(await readSource(placeOf(version, settings)), "cert-manager's manifest")) {
    const marked = withImages(object, (image) => overrideImage(image, "cert-manager", settings.config("images")));
    const labels = { ...marked.metadata.labels, [clusterctlLabel]: "", [coreLabel]: "cert-manager" };
    const annotations = { ...marked.metadata.annotations, [certManagerAnnotation]: version };
    await applyObject({ ...marked, metadata: { ...marked.metadata, labels, annotations } }, tools);
  }
  const seconds = timeoutSeconds(fieldAt(settings.config("cert-manager"), "timeout"));
  tools.log("Waiting for cert-manager to be available...");
  for (let waited = 0; waited < seconds; waited++) {
    if (await answers(tools)) return;
    await tools.sleep(1000);
  }
  throw new Problem(`cert-manager did not become available within ${seconds} s: see the Pods of the namespace cert-manager.`);
};

/** A release's page and its file are not at one address. */
const placeOf = (version: string, settings: Settings): string => {
  const configured = fieldAt(settings.config("cert-manager"), "url");
  if (typeof configured === "string" && !configured.startsWith("https://github.com/")) return configured;
  const url =
    typeof configured === "string"
      ? configured
      : `https://github.com/cert-manager/cert-manager/releases/${version}/cert-manager.yaml`;
  return url.replace(
    /\/releases\/(?!download\/)(latest\/)?([^/]+)\//,
    (_, latest, tag) => `/releases/download/${latest ? version : tag === "latest" ? version : tag}/`,
  );
};

/** It takes an Issuer: its kinds are there and its webhook answers. Nothing is left behind. */
const answers = async ({ client }: InstallTools): Promise<boolean> => {
  const issuer: UnstructuredObject = {
    apiVersion: "cert-manager.io/v1",
    kind: "Issuer",
    metadata: { name: "clusterctl-test", namespace: "default" },
    spec: { selfSigned: {} },
  };
  try {
    await client.create(issuers, issuer, { dryRun: true });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    return client.get(issuers, refOf(issuer)).then(
      () => true,
      () => false,
    );
  }
};

/** A Go duration such as `15m`; one that cannot be read means ten minutes. */
export const timeoutSeconds = (text: unknown): number => {
  const match = typeof text === "string" ? /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) : null;
  const [hours, minutes, seconds] = (match ?? []).slice(1).map((part) => Number(part ?? 0));
  const total = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return total > 0 ? total : patienceSeconds;
};
