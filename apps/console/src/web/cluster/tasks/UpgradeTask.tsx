import { Radio } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../../app/services.tsx";
import { keys } from "../../live/apply.ts";
import { CodeBlock } from "../../parts/Copy.tsx";
import { DialogActions } from "../../parts/DialogActions.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Note } from "../../parts/Note.tsx";
import type { TaskProps } from "./TaskDialog.tsx";
import { useDecidedOn } from "./useDecidedOn.ts";

/** To which versions the cluster can go, what would roll and in which order. There is no way back. */
export const UpgradeTask = ({ cluster, onClose }: TaskProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const preview = useQuery({
    queryKey: ["upgradePreview", cluster.id],
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/upgrade", { params: { id: cluster.id }, signal }),
    staleTime: 0,
  });
  const [chosen, setChosen] = useState("");
  const decided = useDecidedOn(cluster);
  const target = preview.data?.targets.find(({ templateId }) => templateId === chosen);
  const send = useMutation({
    mutationFn: () =>
      api.call("POST /api/clusters/:id/upgrade", {
        params: { id: cluster.id },
        body: { templateId: chosen },
        ifMatch: decided.revision,
      }),
    onError: decided.onError,
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.cluster(cluster.id) });
      onClose();
    },
  });
  return (
    <Loaded query={preview}>
      {({ from, targets, unavailable }) => (
        <div className="stack">
          <p>{t("upgrade.from", { version: from ?? "–" })}</p>
          {targets.length === 0 ? (
            <Note tone="quiet" title={t("upgrade.none")} />
          ) : (
            <Radio.Group label={t("upgrade.to")} value={chosen} onChange={setChosen}>
              <div className="stack radio-stack">
                {targets.map(({ templateId, name, version }) => (
                  <Radio key={templateId} value={templateId} label={`${version} · ${name}`} />
                ))}
              </div>
            </Radio.Group>
          )}
          {unavailable.length > 0 && (
            <details>
              <summary>{t("upgrade.unavailable")}</summary>
              <ul>
                {unavailable.map(({ templateId, name, version, because }) => (
                  <li key={templateId}>
                    {name} {version} <span className="quiet">{t(`upgrade.because.${because}`)}</span>
                  </li>
                ))}
              </ul>
            </details>
          )}
          {target !== undefined && (
            <>
              <h3>{t("upgrade.rolls")}</h3>
              <ol className="roll-list">
                {target.steps.map((step) => (
                  <li key={step.nodeGroup}>
                    <strong>{step.nodeGroup}</strong>{" "}
                    <span className="number">
                      {step.from ?? "–"} → {step.to}
                    </span>
                    <span className="quiet small">
                      {" "}
                      {t("upgrade.machines", { count: step.machines.length })} {t("upgrade.surge", { count: step.surge })}
                    </span>
                  </li>
                ))}
              </ol>
              <Note tone="warn" title={t("upgrade.noWayBack")} />
              <CodeBlock text={target.command} label={t("create.command")} />
            </>
          )}
          <DialogActions
            work={send}
            label={t("upgrade.submit")}
            onCancel={onClose}
            disabled={target === undefined}
            onPress={() => send.mutate()}
          />
        </div>
      )}
    </Loaded>
  );
};
