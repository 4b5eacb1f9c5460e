import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ClusterSummary } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { DialogActions } from "../parts/DialogActions.tsx";
import { Note } from "../parts/Note.tsx";

interface DeleteManyProps {
  readonly clusters: readonly ClusterSummary[];
  readonly onClose: (done: boolean) => void;
}

/** One confirmation for several clusters, with their names. What may not be deleted now is left out and said. */
export const DeleteMany = ({ clusters, onClose }: DeleteManyProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const deletable = clusters.filter(({ blocked }) => blocked.delete === undefined);
  const others = clusters.filter(({ blocked }) => blocked.delete !== undefined);
  const remove = useMutation({
    mutationFn: async () => {
      const results = await Promise.allSettled(
        deletable.map(({ id, name }) => api.call("DELETE /api/clusters/:id", { params: { id }, body: { confirm: name } })),
      );
      const refused = results.find((result) => result.status === "rejected");
      if (refused !== undefined) throw refused.reason;
    },
    onSuccess: () => onClose(true),
  });
  return (
    <Dialog title={t("clusters.deleteTitle", { count: deletable.length })} onClose={() => onClose(false)} size="md">
      <Note tone="warn" title={t("delete.irreversible")} />
      <ul>
        {deletable.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {others.length > 0 && (
        <p className="quiet">{t("clusters.deleteNot", { names: others.map(({ name }) => name).join(", ") })}</p>
      )}
      <DialogActions
        work={remove}
        label={t("clusters.deleteChosen", { count: deletable.length })}
        onCancel={() => onClose(false)}
        disabled={deletable.length === 0}
        danger
        onPress={() => remove.mutate()}
      />
    </Dialog>
  );
};
