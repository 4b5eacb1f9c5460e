import { apiServerArgs, everyGroup, kubeletArgs, type LabelEffect } from "./label.ts";

const ECDSA = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];
const RSA = ECDSA.map((suite) => suite.replace("ECDSA", "RSA"));

/** `api_server_tls_cipher_suites`, `kubelet_tls_cipher_suites`: what TLS 1.2 connections may use. */
export const tlsCipherSuites: LabelEffect = (shape, labels) => {
  const apiServer = labels.text("api_server_tls_cipher_suites") ?? [...ECDSA, ...RSA].join(",");
  const kubelet = labels.text("kubelet_tls_cipher_suites") ?? ECDSA.join(",");
  const withApiServer = apiServerArgs(shape, { "tls-cipher-suites": apiServer });
  return everyGroup(withApiServer, labels, (machines) => ({
    ...machines,
    kubeadm: kubeletArgs(machines.kubeadm, { "tls-cipher-suites": kubelet }),
  }));
};
