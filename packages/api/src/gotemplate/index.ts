/** Go's templates (`text/template`), which ClusterClasses are patched by: read and checked; `render.ts` executes them. */
export { sprigHermeticFunctions } from "./functions.ts";
export { type Command, type Node, type Operand, type Pipe, parseTemplate, type Template } from "./parse.ts";
