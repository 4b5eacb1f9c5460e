import { Button, Checkbox, NumberInput, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterDetail, Scale } from "../../../contract/index.ts";
import { useServices } from "../../app/services.tsx";
import { CountInput } from "../../create/CountInput.tsx";
import { boundsHold } from "../../create/draft.ts";
import { keys } from "../../live/apply.ts";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Note } from "../../parts/Note.tsx";
import { Problem } from "../../parts/Problem.tsx";
import { QuotaMeters } from "../../quotas/QuotaMeters.tsx";
import { useNodes } from "../useCluster.ts";
import type { TaskProps } from "./TaskDialog.tsx";
import { useDecidedOn } from "./useDecidedOn.ts";

interface ScaleTaskProps extends TaskProps {
  readonly group: string | undefined;
}

/** Count and bounds of one group in one go; going down shows which nodes go, and lets them be chosen. */
export const ScaleTask = ({ cluster, group: asked, onClose }: ScaleTaskProps) => {
  const { t } = useTranslation();
  const groups = cluster.nodeGroups.filter(({ role }) => role !== "master");
  const [name, setName] = useState(asked ?? groups[0]?.name ?? "default-worker");
  const group = groups.find((one) => one.name === name);
  return (
    <>
      {groups.length > 1 && (
        <Select
          label={t("group.group")}
          data={groups.map((one) => one.name)}
          value={name}
          allowDeselect={false}
          onChange={(value) => value !== null && setName(value)}
        />
      )}
      {group !== undefined && <ScaleForm key={group.id} cluster={cluster} group={group} onClose={onClose} />}
    </>
  );
};

interface ScaleFormProps extends TaskProps {
  readonly group: ClusterDetail["nodeGroups"][number];
}

const ScaleForm = ({ cluster, group, onClose }: ScaleFormProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const nodes = useNodes(cluster.id);
  const decided = useDecidedOn(cluster);
  const [typed, setTyped] = useState({
    nodeCount: group.nodeCount,
    minNodeCount: group.minNodeCount as number | null,
    maxNodeCount: group.maxNodeCount,
  });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const down = Math.max(0, group.nodeCount - typed.nodeCount);
  const scale: Scale = {
    nodeGroup: group.name,
    nodeCount: typed.nodeCount,
    ...(typed.minNodeCount === group.minNodeCount || typed.minNodeCount === null ? {} : { minNodeCount: typed.minNodeCount }),
    ...(typed.maxNodeCount === group.maxNodeCount ? {} : { maxNodeCount: typed.maxNodeCount }),
    ...(chosen.length === 0 || down === 0 ? {} : { nodesToRemove: chosen.slice(0, down) }),
  };
  const valid = boundsHold(typed);
  const changed =
    typed.nodeCount !== group.nodeCount || typed.minNodeCount !== group.minNodeCount || typed.maxNodeCount !== group.maxNodeCount;
  const preview = useQuery({
    queryKey: ["scalePreview", cluster.id, scale],
    queryFn: ({ signal }) =>
      api.call("POST /api/clusters/:id/scale/preview", { params: { id: cluster.id }, body: scale, signal }),
    enabled: valid && changed,
    staleTime: 0,
    gcTime: 0,
  });
  const send = useMutation({
    mutationFn: () =>
      api.call("POST /api/clusters/:id/scale", { params: { id: cluster.id }, body: scale, ifMatch: decided.revision }),
    onError: decided.onError,
    onSuccess: () => {
      cache.setQueryData<ClusterDetail>(keys.cluster(cluster.id), (known) =>
        known === undefined
          ? known
          : {
              ...known,
              nodeGroups: known.nodeGroups.map((one) => (one.id === group.id ? { ...one, nodeCount: typed.nodeCount } : one)),
            },
      );
      onClose();
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.cluster(cluster.id) }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (valid && changed) send.mutate();
  };
  const candidates = (nodes.data ?? []).filter(
    ({ nodeGroup, deletingSince }) => nodeGroup === group.name && deletingSince === null,
  );
  const bound = (value: string | number) => (typeof value === "number" ? value : null);
  return (
    <form className="stack" onSubmit={submit}>
      <CountInput
        label={t("scale.count")}
        value={typed.nodeCount}
        quick={[1, 4, 8, 32]}
        error={valid ? undefined : t("scale.boundsFault")}
        onChange={(nodeCount) => setTyped({ ...typed, nodeCount })}
      />
      <div className="columns narrow">
        <NumberInput
          label={t("group.min")}
          value={typed.minNodeCount ?? ""}
          min={0}
          allowDecimal={false}
          hideControls
          onChange={(value) => setTyped({ ...typed, minNodeCount: bound(value) })}
        />
        <NumberInput
          label={t("group.max")}
          value={typed.maxNodeCount ?? ""}
          min={0}
          allowDecimal={false}
          hideControls
          onChange={(value) => setTyped({ ...typed, maxNodeCount: bound(value) })}
        />
      </div>
      {down > 0 && candidates.length > 0 && (
        <Checkbox.Group
          label={t("scale.choose", { count: down })}
          description={t("scale.chooseHelp")}
          value={[...chosen]}
          onChange={(next) => setChosen(next.slice(-down))}
        >
          <div className="stack tight">
            {candidates.map(({ machine, name }) => (
              <Checkbox key={machine} value={machine} label={name ?? machine} />
            ))}
          </div>
        </Checkbox.Group>
      )}
      {valid && changed && (
        <Loaded query={preview}>
          {({ removed, shortfalls, quota, command }) => (
            <div className="stack">
              {removed.length > 0 && (
                <Note tone="warn" title={t("scale.goes", { count: removed.length })}>
                  <p>{removed.map((node) => node.name).join(", ")}</p>
                </Note>
              )}
              {shortfalls.length > 0 && (
                <Note tone="bad" alert title={t("create.doesNotFit")}>
                  <ul>
                    {shortfalls.map(({ resource, needed, free }) => (
                      <li key={resource}>{t("quota.shortfall", { resource: t(`quota.names.${resource}`), needed, free })}</li>
                    ))}
                  </ul>
                </Note>
              )}
              <QuotaMeters quotas={quota.filter(({ adds }) => adds > 0)} />
              <CodeBlock text={command} label={t("create.command")} />
            </div>
          )}
        </Loaded>
      )}
      {send.isError && <Problem error={send.error} />}
      {send.isError && <p>{t("scale.now", { count: group.nodeCount })}</p>}
      <div className="row dialog-actions">
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        <Button type="submit" disabled={!valid || !changed} loading={send.isPending}>
          {t("scale.submit")}
        </Button>
      </div>
    </form>
  );
};
