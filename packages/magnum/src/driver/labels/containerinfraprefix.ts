import { everyGroup, type LabelEffect } from "./label.ts";

/** `container_infra_prefix`: where every image is pulled from instead of its usual registry; kubeadm's and the pause image. */
export const containerInfraPrefix: LabelEffect = (shape, labels) =>
  everyGroup(shape, labels, (machines, own) => {
    const prefix = own.text("container_infra_prefix")?.replace(/\/+$/, "");
    if (prefix === undefined) return machines;
    const { kubeadm } = machines;
    return {
      ...machines,
      kubeadm: {
        ...kubeadm,
        ...(kubeadm.clusterConfiguration && {
          clusterConfiguration: { ...kubeadm.clusterConfiguration, imageRepository: prefix },
        }),
        files: [
          ...(kubeadm.files ?? []),
          { path: "/etc/containerd/config.toml", owner: "root:root", permissions: "0644", content: containerdConfig(prefix) },
        ],
        preKubeadmCommands: [...(kubeadm.preKubeadmCommands ?? []), "systemctl restart containerd"],
      },
    };
  });

const containerdConfig = (prefix: string): string =>
  `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${prefix}/pause:3.9"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
