import { everyGroup, type LabelEffect } from "./label.ts";

/** Not labels but the template's `http_proxy`, `https_proxy`, `no_proxy`: how containerd gets out. One that is missing is left out. */
export const proxies: LabelEffect = (shape, labels, { spec }) => {
  const settings: readonly (readonly [string, string | undefined])[] = [
    ["http_proxy", spec.httpProxy],
    ["https_proxy", spec.httpsProxy],
    ["no_proxy", spec.noProxy],
  ];
  const lines = settings.flatMap(([name, value]) =>
    value === undefined ? [] : [`Environment="${name}=${value}"`, `Environment="${name.toUpperCase()}=${value}"`],
  );
  if (spec.httpProxy === undefined && spec.httpsProxy === undefined) return shape;
  return everyGroup(shape, labels, (machines) => ({
    ...machines,
    kubeadm: {
      ...machines.kubeadm,
      files: [
        ...(machines.kubeadm.files ?? []),
        {
          path: "/etc/systemd/system/containerd.service.d/proxy.conf",
          owner: "root:root",
          permissions: "0644",
          content: `[Service]\n${lines.join("\n")}\n`,
        },
      ],
      preKubeadmCommands: [
        ...(machines.kubeadm.preKubeadmCommands ?? []),
        "systemctl daemon-reload",
        "systemctl restart containerd",
      ],
    },
  }));
};
