/** The path of a kubectl that runs here. @throws Error when there is none and none can be fetched */
export declare const findKubectl: () => string;
