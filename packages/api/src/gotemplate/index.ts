/** Go's templates (`text/template`), which ClusterClasses are patched by: read, checked and executed. */
import { executeTemplate } from "./execute.ts";
import { sprigHermeticFunctions } from "./functions.ts";
import { goFunctions } from "./go.ts";
import { parseTemplate } from "./parse.ts";
import { sprigFunctions } from "./sprig.ts";
import type { Functions } from "./values.ts";

export { sprigHermeticFunctions } from "./functions.ts";
export { type Command, type Node, type Operand, type Pipe, parseTemplate, type Template } from "./parse.ts";

// sprig's `slice` takes the place of Go's own, as it does there.
const known: Functions = new Map([...goFunctions, ...sprigFunctions]);

/** What a template makes of data. @throws Error with what is wrong in it, or failed */
export const renderTemplate = (source: string, data: unknown): string =>
  executeTemplate(parseTemplate(source, sprigHermeticFunctions), data, known);
