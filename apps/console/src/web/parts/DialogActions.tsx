import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Problem } from "./Problem.tsx";

interface DialogActionsProps {
  readonly label: string;
  /** What the button sets going, and how that went. */
  readonly work: { readonly isPending: boolean; readonly isError: boolean; readonly error: unknown };
  readonly onCancel: () => void;
  /** Absent: the form around it is submitted. */
  readonly onPress?: () => void;
  readonly disabled?: boolean;
  readonly danger?: boolean;
}

/** The end of a dialog: what went wrong, the way back, and the way on. */
export const DialogActions = ({ label, work, onCancel, onPress, disabled = false, danger = false }: DialogActionsProps) => {
  const { t } = useTranslation();
  return (
    <>
      {work.isError && <Problem error={work.error} />}
      <div className="row dialog-actions">
        <Button variant="default" onClick={onCancel}>
          {t("action.cancel")}
        </Button>
        <Button
          type={onPress === undefined ? "submit" : "button"}
          {...(danger ? { color: "red" } : {})}
          disabled={disabled}
          loading={work.isPending}
          onClick={onPress}
        >
          {label}
        </Button>
      </div>
    </>
  );
};
