import type { Status } from "./status.ts";

/** What a browser sees on the console's port: where everything is and whether it is well. No script, nothing from elsewhere. */
export const statusPage = (status: Status): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Slipway</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top }
</style>
<h1>Slipway is ${status.ready ? "ready" : "not ready"}</h1>
<h2>Endpoints</h2>
<table>${Object.entries(status.endpoints)
  .map(([name, url]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(url)}</td></tr>`)
  .join("")}</table>
<h2>Components</h2>
<table><tr><th scope="col">Namespace</th><th scope="col">Name</th><th scope="col">State</th><th scope="col">Message</th></tr>${status.components
  .map(
    ({ namespace, name, ready, message }) =>
      `<tr><td>${escapeHtml(namespace)}</td><td>${escapeHtml(name)}</td><td>${ready ? "ready" : "not ready"}</td><td>${escapeHtml(message)}</td></tr>`,
  )
  .join("")}</table>
<h2>Use it</h2>
<p>Tenants: <code>openstack --os-cloud slipway-demo coe cluster list</code>. Operators: <code>kubectl get clusters -n magnum-system</code>, <code>npx slipway status</code>.</p>
</html>
`;

const entities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
