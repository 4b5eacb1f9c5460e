/** What ClusterClasses and the Clusters made from them must be: their admission, and the variables between them. */
export { builtinVariables } from "./builtins.ts";
export { isReconciled } from "./cluster.reads.ts";
export { matchesName } from "./patches.ts";
export { compatibilityErrors, templatesOf } from "./refs.ts";
export { variableDefinitionErrors } from "./variabledefinitions.ts";
export { structuralOf } from "./variableschema.ts";
export { defaultedVariables, type VariableDefinition, variableErrors } from "./variablevalues.ts";
export { compareWithBuilds } from "./versionchange.ts";
