/** What makes a reconciler run: client, watch caches, work queues, controllers. Web-standard APIs only. */
export * from "./controller/controller.ts";
export * from "./controller/outcome.ts";
