import type { Outgoing } from "../http/exchange.ts";

/** In place of the console when its pages have not been built. No script, nothing from elsewhere. */
export const notBuiltPage = (): Outgoing => ({
  status: 503,
  headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>IaaS UI: not built</title></head>
<body><main><h1>The console's pages are not built</h1>
<p>Slipway itself runs. In its folder run <code>npm run build</code>, then load this page again: a restart is not needed.</p>
<p>Until then: <code>openstack --os-cloud slipway-demo coe cluster list</code>, <code>npx slipway status</code>.</p>
</main></body></html>
`,
});
