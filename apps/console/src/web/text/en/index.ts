/** English, the language that the others are held against. */
import { clusters } from "./clusters.ts";
import { create } from "./create.ts";
import { detail } from "./detail.ts";
import { errors } from "./errors.ts";
import { inside } from "./inside.ts";
import { operator } from "./operator.ts";
import { shell } from "./shell.ts";

export const en = { ...shell, ...clusters, ...create, ...detail, ...inside, ...operator, ...errors };
