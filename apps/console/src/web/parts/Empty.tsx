import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  /** It is all that the page says: its title is the page's. */
  readonly alone?: boolean;
}

/** A list with nothing in it: what it is for, and what to do. */
export const Empty = ({ icon, title, children, alone = false }: EmptyProps) => (
  <div className="empty">
    <Icon name={icon} size={36} />
    {alone ? <h1>{title}</h1> : <h2>{title}</h2>}
    {children}
  </div>
);
