import { executeTemplate } from "./execute.ts";
import { sprigHermeticFunctions } from "./functions.ts";
import { goFunctions } from "./go.ts";
import { parseTemplate } from "./parse.ts";
import { sprigFunctions } from "./sprig.ts";
import type { Functions } from "./values.ts";

// sprig's `slice` takes the place of Go's own, as it does there.
const known: Functions = new Map([...goFunctions, ...sprigFunctions]);

/** What a template makes of data. Apart from the index: who only checks templates need not carry this. @throws Error with what failed */
export const renderTemplate = (source: string, data: unknown): string =>
  executeTemplate(parseTemplate(source, sprigHermeticFunctions), data, known);
