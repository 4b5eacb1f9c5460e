import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../../app/services.tsx";
import { boundsHold, emptyGroup, isClusterName, newGroup, parsePairs, parseTaints } from "../../create/draft.ts";
import { GroupFields } from "../../create/GroupFields.tsx";
import { useChoices } from "../../create/useChoices.ts";
import { keys } from "../../live/apply.ts";
import { DialogActions } from "../../parts/DialogActions.tsx";
import type { TaskProps } from "./TaskDialog.tsx";

export const NodeGroupTask = ({ cluster, onClose }: TaskProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const choices = useChoices();
  const [group, setGroup] = useState(emptyGroup(""));
  const [checked, setChecked] = useState(false);
  const faults: { readonly [field: string]: string | undefined } = {
    name: !isClusterName(group.name)
      ? t("create.problem.nameInvalid")
      : cluster.nodeGroups.some(({ name }) => name === group.name)
        ? t("create.problem.nameTaken")
        : undefined,
    nodeCount: boundsHold(group) ? undefined : t("create.problem.outOfRange"),
    nodeLabels: parsePairs(group.nodeLabels) === undefined ? t("create.problem.invalid") : undefined,
    nodeTaints: parseTaints(group.nodeTaints) === undefined ? t("create.problem.invalid") : undefined,
  };
  const valid = Object.values(faults).every((fault) => fault === undefined);
  const send = useMutation({
    mutationFn: () => api.call("POST /api/clusters/:id/nodegroups", { params: { id: cluster.id }, body: newGroup(group) }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.cluster(cluster.id) });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (valid) send.mutate();
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <GroupFields
        group={group}
        flavors={choices.flavors}
        faultOf={(field) => (checked ? faults[field] : undefined)}
        onChange={(part) => setGroup((before) => ({ ...before, ...part }))}
      />
      <DialogActions work={send} label={t("task.createNodeGroup")} onCancel={onClose} />
    </form>
  );
};
