/** A program written in Go, built unless it is as its sources are: its path. @throws Error with what the compiler said */
export declare const buildGo: (name: "goclients" | "clusterctl") => string;
/** The path of a Go that is new enough. @throws Error when there is none and none can be fetched */
export declare const findGo: () => string;
/** The Go on this machine that is new enough, if any. */
export declare const goOnThisMachine: () => string | undefined;
