import type { SchemaTools } from "../kind/kind.ts";
import { compileSchema } from "./compile.ts";
import { structuralErrors } from "./structure.ts";

/** For the admission of kinds that carry schemas. */
export const schemaTools: SchemaTools = { errors: structuralErrors, compile: compileSchema };
