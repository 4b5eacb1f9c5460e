import { useTranslation } from "react-i18next";
import type { ClusterDetail } from "../../../contract/index.ts";
import { Badge } from "../../parts/Badge.tsx";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { type Addon, addonsOf } from "../addons.ts";
import { useNodes } from "../useCluster.ts";

/** What runs in the cluster as far as Slipway knows it, and how to put more into it. */
export const AddonsTab = ({ cluster }: { readonly cluster: ClusterDetail }) => {
  const { t } = useTranslation();
  const nodes = useNodes(cluster.id);
  const addons = addonsOf(cluster, nodes.data ?? []);
  return (
    <div className="stack">
      <Panel title={t("addons.title")} flush>
        <p className="quiet panel-lead">{t("addons.lead")}</p>
        <table className="plain-table cards">
          <thead>
            <tr>
              <th scope="col">{t("addons.name")}</th>
              <th scope="col">{t("addons.state")}</th>
              <th scope="col">{t("addons.from")}</th>
            </tr>
          </thead>
          <tbody>
            {addons.map((addon) => (
              <tr key={addon.name}>
                <td data-column={t("addons.name")}>
                  {t(`addons.names.${addon.name}`, { driver: cluster.networkDriver ?? "–" })}
                </td>
                <td data-column={t("addons.state")}>
                  <State addon={addon} />
                </td>
                <td data-column={t("addons.from")}>
                  <span>
                    {t(`addons.how.${addon.how}`)}
                    {addon.label !== undefined && (
                      <span className="waiting quiet small">{t("addons.how.label", { label: addon.label })}</span>
                    )}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={t("addons.helm")}>
        <div className="stack">
          <p className="quiet">{t("addons.helmLead")}</p>
          <CodeBlock text={helmCommands(cluster)} label={t("addons.helmCommands")} />
        </div>
      </Panel>
    </div>
  );
};

const State = ({ addon }: { readonly addon: Addon }) => {
  const { t } = useTranslation();
  switch (addon.state) {
    case "running":
      return (
        <Badge tone="good" icon="check">
          {addon.on === undefined ? t("addons.states.running") : t("addons.states.runningOn", addon.on)}
        </Badge>
      );
    case "starting":
      return (
        <Badge tone="busy" icon="clock">
          {t("addons.states.starting")}
        </Badge>
      );
    case "asked":
      return (
        <Badge tone="warn" icon="warning">
          {t("addons.states.asked")}
        </Badge>
      );
    case "notHere":
      return <Badge tone="quiet">{t("addons.states.notHere")}</Badge>;
  }
};

const helmCommands = ({ name, id, commands }: ClusterDetail): string => `${commands.config}
export KUBECONFIG=$PWD/config

helm repo add cpo https://kubernetes.github.io/cloud-provider-openstack
# a Secret with the application credential that they work with: [Global] auth-url, application-credential-id, …
kubectl create secret generic cloud-config -n kube-system --from-file=cloud.conf
helm upgrade --install openstack-ccm cpo/openstack-cloud-controller-manager -n kube-system --set secret.create=false
helm upgrade --install cinder-csi cpo/openstack-cinder-csi -n kube-system --set secret.enabled=true,secret.name=cloud-config

helm repo add autoscaler https://kubernetes.github.io/autoscaler
# grows and shrinks the node groups of ${name} between their bounds
helm upgrade --install autoscaler autoscaler/cluster-autoscaler -n kube-system \\
  --set cloudProvider=magnum,magnumClusterName=${id}`;
