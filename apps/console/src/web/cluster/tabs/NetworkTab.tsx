import { useTranslation } from "react-i18next";
import type { ClusterDetail, TreeNode } from "../../../contract/index.ts";
import { CopyButton } from "../../parts/Copy.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Facts } from "../../parts/Facts.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { cloudKinds, networkOf } from "../network.ts";
import { useObject, useTree } from "../useCluster.ts";

/** How the cluster is reached, which networks it has inside, and what was made for them in the cloud. */
export const NetworkTab = ({ cluster }: { readonly cluster: ClusterDetail }) => {
  const { t } = useTranslation();
  const tree = useTree(cluster.id);
  const own = useObject(cluster.id, "Cluster", cluster.stackId);
  const infrastructure = useObject(cluster.id, "OpenStackCluster", cluster.stackId);
  const network = networkOf(own.data?.object, infrastructure.data?.object);
  return (
    <div className="stack">
      <div className="columns">
        <Panel title={t("network.reach")}>
          <Facts
            facts={[
              {
                name: t("network.api"),
                value:
                  cluster.apiAddress === null ? null : (
                    <span className="row">
                      <code>{cluster.apiAddress}</code>
                      <CopyButton text={cluster.apiAddress} label={t("detail.copyApi")} />
                    </span>
                  ),
              },
              { name: t("network.balancer"), value: network.balancer },
              { name: t("network.inner"), value: network.innerAddress },
              { name: t("network.outer"), value: network.outerAddress },
              { name: t("network.allowed"), value: network.allowed.join(", ") || t("network.everybody") },
              { name: t("network.external"), value: network.external },
            ]}
          />
        </Panel>
        <Panel title={t("network.inside")}>
          <Facts
            facts={[
              { name: t("network.pods"), value: network.pods },
              { name: t("network.services"), value: network.services },
              { name: t("network.domain"), value: network.domain },
              { name: t("network.driver"), value: cluster.networkDriver },
            ]}
          />
        </Panel>
      </div>
      <Loaded query={tree}>
        {({ nodes }) => <InTheCloud nodes={nodes.filter(({ kind }) => cloudKinds.some((one) => one === kind))} />}
      </Loaded>
    </div>
  );
};

const InTheCloud = ({ nodes }: { readonly nodes: readonly TreeNode[] }) => {
  const { t } = useTranslation();
  return (
    <Panel title={t("network.cloud")} flush>
      {nodes.length === 0 ? (
        <Empty icon="cluster" title={t("network.none")} />
      ) : (
        <table className="plain-table cards">
          <thead>
            <tr>
              <th scope="col">{t("network.kind")}</th>
              <th scope="col">{t("network.name")}</th>
              <th scope="col">{t("network.id")}</th>
              <th scope="col">{t("network.about")}</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map(({ id, kind, name, facts: { id: cloudId, ...facts } }) => (
              <tr key={id}>
                <td data-column={t("network.kind")}>{t(`network.kinds.${kind as (typeof cloudKinds)[number]}`)}</td>
                <td data-column={t("network.name")}>{name}</td>
                <td data-column={t("network.id")}>{cloudId === undefined ? "–" : <code>{cloudId}</code>}</td>
                <td data-column={t("network.about")} className="machine">
                  {Object.values(facts).join(" · ") || "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
};
