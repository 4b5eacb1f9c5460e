import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

/** A list with nothing in it: what it is for, and what to do. */
export const Empty = ({ icon, title, children }: EmptyProps) => (
  <div className="empty">
    <Icon name={icon} size={36} />
    <h2>{title}</h2>
    {children}
  </div>
);
