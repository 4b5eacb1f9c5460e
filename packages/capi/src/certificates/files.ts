import type { BootstrapFile } from "../kubeadmconfig/spec.ts";
import type { FoundCertificate } from "./lookup.ts";

/** Certificates as files of a control plane node. What is missing or empty makes no file. */
export const certificateFiles = (found: readonly FoundCertificate[]): readonly BootstrapFile[] =>
  found.flatMap(({ spec, pair }) => [
    ...file(spec.certFile, "0640", pair?.certificatePem),
    ...file(spec.keyFile, "0600", pair?.privateKeyPem),
  ]);

const file = (path: string, permissions: string, content: string | undefined): readonly BootstrapFile[] =>
  path === "" || content === undefined || content === "" ? [] : [{ path, owner: "root:root", permissions, content }];
