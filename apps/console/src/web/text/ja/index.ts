/** 日本語: the same keys as English, and the meanings of Magnum's labels. */
import { clusters } from "./clusters.ts";
import { create } from "./create.ts";
import { detail } from "./detail.ts";
import { errors } from "./errors.ts";
import { inside } from "./inside.ts";
import { labels } from "./labels.ts";
import { operator } from "./operator.ts";
import { shell } from "./shell.ts";

export const ja = { ...shell, ...clusters, ...create, ...detail, ...inside, ...operator, ...errors, labels };
