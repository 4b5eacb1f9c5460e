import type { LabelEffect } from "./label.ts";

/** `auto_healing_enabled`: machines that stay unhealthy are replaced. */
export const autoHealing: LabelEffect = (shape, labels) => ({ ...shape, healing: labels.flag("auto_healing_enabled", true) });
