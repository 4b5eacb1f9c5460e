import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface DialogProps {
  readonly title: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: "md" | "lg" | "xl";
  /** It must be answered: no cross, no way out by Escape or a click beside it. */
  readonly insistent?: boolean;
}

export const Dialog = ({ title, onClose, children, size = "lg", insistent = false }: DialogProps) => {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      withCloseButton={!insistent}
      closeOnEscape={!insistent}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("action.close") }}
      transitionProps={{ duration: 0 }}
    >
      <div className="stack">{children}</div>
    </Modal>
  );
};
