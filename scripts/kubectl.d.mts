/** The path of a kubectl that runs here. @throws Error when there is none and none can be fetched */
export declare const findKubectl: () => string;
/** The path of the tool as it was with that minor version of Kubernetes, fetched once. @throws Error when it cannot be fetched */
export declare const fetchTool: (tool: "kubectl" | "helm", version: "1.32" | "1.35") => string;
