import { Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { useObject, useObjects } from "../useCluster.ts";

/** The objects that the cluster is made of, to read. */
export const YamlTab = ({ clusterId }: { readonly clusterId: string }) => {
  const { t } = useTranslation();
  const objects = useObjects(clusterId);
  const [wanted, setWanted] = useState<string | null>(null);
  return (
    <Loaded query={objects}>
      {(list) => {
        const chosen = list.find(({ kind, name }) => `${kind}/${name}` === wanted) ?? list[0];
        if (chosen === undefined)
          return (
            <Panel>
              <Empty icon="template" title={t("yaml.none")} />
            </Panel>
          );
        const kinds = [...new Set(list.map(({ kind }) => kind))];
        return (
          <Panel title={t("tab.yaml")}>
            <div className="stack">
              <p className="quiet">
                {t("yaml.lead")} {t("yaml.redacted")}
              </p>
              <Select
                label={t("yaml.object")}
                searchable
                allowDeselect={false}
                data={kinds.map((kind) => ({
                  group: kind,
                  items: list
                    .filter((one) => one.kind === kind)
                    .map(({ name }) => ({ value: `${kind}/${name}`, label: `${kind}/${name}` })),
                }))}
                value={`${chosen.kind}/${chosen.name}`}
                onChange={setWanted}
              />
              <Text clusterId={clusterId} kind={chosen.kind} name={chosen.name} />
            </div>
          </Panel>
        );
      }}
    </Loaded>
  );
};

const Text = ({ clusterId, kind, name }: { readonly clusterId: string; readonly kind: string; readonly name: string }) => {
  const { t } = useTranslation();
  const object = useObject(clusterId, kind, name);
  return (
    <Loaded query={object}>
      {({ yaml }) => (
        <div className="whole-object">
          <CodeBlock text={yaml} label={t("yaml.of", { name })} />
        </div>
      )}
    </Loaded>
  );
};
