import { describe, expect, test } from "vitest";
import { admissionOf, changed } from "../kind/admission.testing.ts";
import { KubeadmConfig } from "./kubeadmconfig.ts";
import { KubeadmConfigTemplate } from "./kubeadmconfigtemplate.ts";

const { defaulted, errors } = admissionOf(KubeadmConfig);
const config: KubeadmConfig = {
  apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmConfig",
  metadata: { name: "k", namespace: "ns" },
  spec: { format: "cloud-config" },
};
const secret = { secret: { name: "s", key: "k" } };

describe("KubeadmConfig", () => {
  test("is cloud-config unless it says otherwise; nothing is invented [BOOT-027] [BOOT-031] [BOOT-007]", () => {
    expect(defaulted(changed<KubeadmConfig>(config, { spec: undefined })).spec).toEqual({ format: "cloud-config" });
    expect(defaulted(config)).toBe(config);
  });

  test("images are pulled when they are not there, where there is something to pull for [BOOT-028]", () => {
    const { spec } = defaulted(
      changed<KubeadmConfig>(config, {
        spec: { initConfiguration: {}, joinConfiguration: { nodeRegistration: { imagePullPolicy: "Never", taints: [] } } },
      }),
    );
    expect(spec.initConfiguration).toEqual({
      nodeRegistration: { imagePullPolicy: "IfNotPresent" },
      localAPIEndpoint: {},
    });
    expect(spec.joinConfiguration).toEqual({ nodeRegistration: { imagePullPolicy: "Never", taints: [] }, discovery: {} });
  });

  test("a credential plugin speaks the stable version [BOOT-029]", () => {
    const discovery = { file: { kubeConfigPath: "/x", kubeConfig: { user: { exec: { command: "c" } } } } };
    const { spec } = defaulted(changed<KubeadmConfig>(config, { spec: { joinConfiguration: { discovery } } }));
    expect(spec.joinConfiguration?.discovery?.file?.kubeConfig?.user.exec?.apiVersion).toBe("client.authentication.k8s.io/v1");
  });

  test.each<[string, object, string[]]>([
    [
      "two sources of a file [BOOT-032]",
      { files: [{ path: "/a", content: "x", contentFrom: secret }] },
      [
        'spec.files[0]: Invalid value: {"path":"/a","content":"x","contentFrom":{"secret":{"name":"s","key":"k"}}}: only one of content or contentFrom may be specified for a single file',
      ],
    ],
    [
      "a secret without name and key [BOOT-033]",
      { files: [{ path: "/a", contentFrom: { secret: { name: "", key: "" } } }] },
      [
        "spec.files[0].contentFrom.secret.name: Required value: secret file source must specify non-empty secret name",
        "spec.files[0].contentFrom.secret.key: Required value: secret file source must specify non-empty secret key",
      ],
    ],
    [
      "two files in one place [BOOT-034]",
      { files: [{ path: "/a" }, { path: "/b" }, { path: "/a" }] },
      ['spec.files[2].path: Invalid value: {"path":"/a"}: path property must be unique among all files'],
    ],
    [
      "two passwords [BOOT-035]",
      { users: [{ name: "u", passwd: "x", passwdFrom: secret }] },
      [
        'spec.users[0]: Invalid value: {"name":"u","passwd":"x","passwdFrom":{"secret":{"name":"s","key":"k"}}}: only one of passwd or passwdFrom may be specified for a single user',
      ],
    ],
    [
      "Ignition while its gate is off [BOOT-037]",
      { format: "ignition", ignition: {} },
      [
        "spec.format: Forbidden: can be set only if the KubeadmBootstrapFormatIgnition feature gate is enabled",
        "spec.ignition: Forbidden: can be set only if the KubeadmBootstrapFormatIgnition feature gate is enabled",
      ],
    ],
    [
      "a discovery user without credentials [BOOT-036]",
      { joinConfiguration: { discovery: { file: { kubeConfigPath: "/x", kubeConfig: { user: {} } } } } },
      [
        "spec.joinConfiguration.discovery.file.kubeconfig.user: Invalid value: {}: at least one of authProvider or exec must be defined",
      ],
    ],
  ])("refuses %s", (_what, spec, expected) => {
    expect(errors(changed<KubeadmConfig>(config, { spec }))).toEqual(expected);
  });

  describe("with the Ignition gate on", () => {
    const on = { featureGates: { KubeadmBootstrapFormatIgnition: true } };
    test("Ignition's part needs Ignition's format [BOOT-038]", () => {
      expect(errors(changed<KubeadmConfig>(config, { spec: { ignition: {} } }), undefined, on)).toEqual([
        'spec.format: Invalid value: "cloud-config": must be set to "ignition" if spec.ignition is set',
      ]);
    });
    test("what Ignition cannot do is refused [BOOT-039]", () => {
      const spec = {
        format: "ignition",
        users: [{ name: "u", inactive: true }],
        useExperimentalRetryJoin: true,
        files: [
          { path: "/a", encoding: "gzip" },
          { path: "/b", encoding: "base64" },
        ],
        bootCommands: ["x"],
        diskSetup: {
          partitions: [{ device: "d", layout: true, tableType: "mbr" }],
          filesystems: [{ device: "d", filesystem: "ext4", label: "l", replaceFS: "x", partition: "1" }],
        },
      };
      const fields = errors(changed<KubeadmConfig>(config, { spec }), undefined, on).map((error) => error.split(": ")[0]);
      expect(fields).toEqual([
        "spec.users[0].inactive",
        "spec.useExperimentalRetryJoin",
        "spec.files[0].encoding",
        "spec.bootCommands",
        "spec.diskSetup.partitions[0].tableType",
        "spec.diskSetup.filesystems[0].replaceFS",
        "spec.diskSetup.filesystems[0].partition",
      ]);
    });
  });

  test("may be changed freely [BOOT-040]", () => {
    expect(errors(changed<KubeadmConfig>(config, { spec: { preKubeadmCommands: ["x"] } }), config)).toEqual([]);
  });
});

test("KubeadmConfigTemplate keeps the same rules one level down [BOOT-041]", () => {
  const template: KubeadmConfigTemplate = {
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmConfigTemplate",
    metadata: { name: "k", namespace: "ns" },
    spec: { template: { metadata: { labels: { "-": "x" } }, spec: { files: [{ path: "/a" }, { path: "/a" }] } } },
  };
  const of = admissionOf(KubeadmConfigTemplate);
  expect(of.defaulted(template).spec.template.spec?.format).toBe("cloud-config");
  expect(of.errors(template).map((error) => error.split(": ")[0])).toEqual([
    "spec.template.spec.files[1].path",
    "spec.template.metadata.labels",
  ]);
});
