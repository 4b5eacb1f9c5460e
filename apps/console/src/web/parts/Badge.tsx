import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";

export type Tone = "good" | "busy" | "warn" | "bad" | "quiet";

interface BadgeProps {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
}

/** A state: text, icon and colour together, so that none of them is needed. */
export const Badge = ({ tone, icon, children }: BadgeProps) => (
  <span className="badge" data-tone={tone}>
    {icon !== undefined && <Icon name={icon} size={14} />}
    <span>{children}</span>
  </span>
);
