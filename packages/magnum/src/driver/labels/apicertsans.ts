import { controlPlaneKubeadm, type LabelEffect } from "./label.ts";

/** `api_server_cert_sans`: more names that the API server's certificate is good for. */
export const apiCertSans: LabelEffect = (shape, labels) => {
  const names = labels.list("api_server_cert_sans");
  if (names.length === 0) return shape;
  return controlPlaneKubeadm(shape, (kubeadm) => {
    const apiServer = kubeadm.clusterConfiguration?.apiServer;
    return {
      ...kubeadm,
      clusterConfiguration: {
        ...kubeadm.clusterConfiguration,
        apiServer: { ...apiServer, certSANs: [...(apiServer?.certSANs ?? []), ...names] },
      },
    };
  });
};
