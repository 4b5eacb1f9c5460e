import { TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Removal } from "../../../contract/index.ts";
import { useServices } from "../../app/services.tsx";
import { keys } from "../../live/apply.ts";
import { type KnownClusters, withCluster } from "../../live/patches.ts";
import { CodeBlock } from "../../parts/Copy.tsx";
import { DialogActions } from "../../parts/DialogActions.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Note } from "../../parts/Note.tsx";
import type { TaskProps } from "./TaskDialog.tsx";

interface DeleteTaskProps extends TaskProps {
  readonly onGone: () => void;
}

/** What goes, what stays, and the name to type: nothing here can be undone. */
export const DeleteTask = ({ cluster, onClose, onGone }: DeleteTaskProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const [typed, setTyped] = useState("");
  const preview = useQuery({
    queryKey: ["deletion", cluster.id],
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/deletion", { params: { id: cluster.id }, signal }),
    staleTime: 0,
  });
  const send = useMutation({
    mutationFn: () => api.call("DELETE /api/clusters/:id", { params: { id: cluster.id }, body: { confirm: typed } }),
    onSuccess: () => {
      cache.setQueryData<KnownClusters>(keys.clusters, (known) => {
        const row = known?.clusters.get(cluster.id);
        return row === undefined ? known : withCluster(known, { ...row, phase: "DELETING" });
      });
      onGone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === cluster.name) send.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Note tone="bad" title={t("delete.irreversible")}>
        <p>{t("delete.effect")}</p>
      </Note>
      <Loaded query={preview}>
        {({ removed, kept, command }) => (
          <div className="stack">
            <Removals title={t("delete.removed")} removals={removed} />
            {kept === null ? (
              <p className="quiet">{t("delete.keptUnknown")}</p>
            ) : kept.length === 0 ? (
              <p className="quiet">{t("delete.keptNone")}</p>
            ) : (
              <Removals title={t("delete.kept")} removals={kept} />
            )}
            <CodeBlock text={command} label={t("create.command")} />
          </div>
        )}
      </Loaded>
      <TextInput
        label={t("delete.type", { name: cluster.name })}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ currentTarget: { value } }) => setTyped(value)}
      />
      <DialogActions work={send} label={t("task.delete")} onCancel={onClose} disabled={typed !== cluster.name} danger />
    </form>
  );
};

/** By kind, with the names of each. */
const Removals = ({ title, removals }: { readonly title: string; readonly removals: readonly Removal[] }) => {
  const kinds = [...new Set(removals.map(({ kind }) => kind))];
  return (
    <div>
      <h3>{title}</h3>
      <ul className="removal-list">
        {kinds.map((kind) => {
          const names = removals.filter((removal) => removal.kind === kind).map(({ name }) => name);
          return (
            <li key={kind}>
              <strong>
                {kind} <span className="number">×{names.length}</span>
              </strong>{" "}
              <span className="quiet small machine">{names.join(", ")}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
};
