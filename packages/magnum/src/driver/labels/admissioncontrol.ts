import { apiServerArgs, type LabelEffect } from "./label.ts";

/** `admission_control_list`: admission plugins beside NodeRestriction. */
export const admissionControl: LabelEffect = (shape, labels) =>
  apiServerArgs(shape, { "enable-admission-plugins": ["NodeRestriction", ...labels.list("admission_control_list")].join(",") });
