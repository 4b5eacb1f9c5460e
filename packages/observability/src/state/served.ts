import type { KindDeclaration } from "./declaration.ts";
import { clusterApiKinds, openStackKinds } from "./kinds.ts";
import { magnumKinds } from "./magnum.ts";

/** Every kind that our own exporter knows. */
export const servedKinds: readonly KindDeclaration[] = [...clusterApiKinds, ...openStackKinds, ...magnumKinds];
