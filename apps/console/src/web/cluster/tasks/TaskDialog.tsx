import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterDetail } from "../../../contract/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { Note } from "../../parts/Note.tsx";
import type { ClusterTask } from "../clustersearch.ts";
import { DeleteTask } from "./DeleteTask.tsx";
import { KubeconfigTask } from "./KubeconfigTask.tsx";
import { NodeGroupTask } from "./NodeGroupTask.tsx";
import { RotateTask } from "./RotateTask.tsx";
import { ScaleTask } from "./ScaleTask.tsx";
import { SignTask } from "./SignTask.tsx";
import { UpgradeTask } from "./UpgradeTask.tsx";

export interface TaskProps {
  readonly cluster: ClusterDetail;
  readonly onClose: () => void;
}

interface TaskDialogProps extends TaskProps {
  readonly task: ClusterTask;
  readonly group: string | undefined;
  readonly onGone: () => void;
}

/** The dialog of a task; one that may not be done now (a link to it, a second tab) says why instead. */
export const TaskDialog = ({ cluster, task, group, onClose, onGone }: TaskDialogProps) => {
  const { t } = useTranslation();
  const because = cluster.blocked[task];
  // What somebody has begun to fill in stays, whatever happens to the cluster meanwhile.
  const [begun] = useState(because === undefined);
  return (
    <Dialog title={t(`task.titles.${task}`, { name: cluster.name })} onClose={onClose}>
      {because !== undefined && (
        <Note tone="warn" title={t("task.notNow")}>
          <p>{t(`blocked.${because}`)}</p>
        </Note>
      )}
      {begun && (
        <>
          {task === "kubeconfig" && <KubeconfigTask cluster={cluster} onClose={onClose} />}
          {task === "scale" && <ScaleTask cluster={cluster} group={group} onClose={onClose} />}
          {task === "createNodeGroup" && <NodeGroupTask cluster={cluster} onClose={onClose} />}
          {task === "upgrade" && <UpgradeTask cluster={cluster} onClose={onClose} />}
          {task === "delete" && <DeleteTask cluster={cluster} onClose={onClose} onGone={onGone} />}
          {(task === "rotateCa" || task === "rotateCredential") && <RotateTask cluster={cluster} task={task} onClose={onClose} />}
          {task === "signCertificate" && <SignTask cluster={cluster} onClose={onClose} />}
        </>
      )}
    </Dialog>
  );
};
