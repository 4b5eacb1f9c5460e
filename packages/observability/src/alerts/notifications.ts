/**
 * Examples of who is told and how. Provisioning a policy replaces the whole tree of the organisation, so they lie beside the
 * provisioning folder and not in it: an operator copies what fits (OBS-169).
 */
export const grafanaContactPoints = () => ({
  apiVersion: 1,
  contactPoints: [
    {
      orgId: 1,
      name: "team-mail",
      receivers: [
        {
          uid: "slipway-team-mail",
          type: "email",
          settings: { addresses: "$SLIPWAY_ALERT_ADDRESSES", singleEmail: true },
          disableResolveMessage: false,
        },
      ],
    },
    {
      orgId: 1,
      name: "pager",
      receivers: [
        {
          uid: "slipway-pager",
          type: "pagerduty",
          settings: { integrationKey: "$SLIPWAY_PAGER_KEY", severity: "critical", component: "capi" },
          disableResolveMessage: false,
        },
      ],
    },
    {
      orgId: 1,
      name: "hook",
      receivers: [
        {
          uid: "slipway-hook",
          type: "webhook",
          settings: { url: "$SLIPWAY_ALERT_URL", httpMethod: "POST", maxAlerts: 100 },
          disableResolveMessage: false,
        },
      ],
    },
  ],
});

export const grafanaPolicies = () => ({
  apiVersion: 1,
  policies: [
    {
      orgId: 1,
      receiver: "team-mail",
      group_by: ["grafana_folder", "alertname"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: [
        { receiver: "pager", object_matchers: [["severity", "=", "critical"]], continue: true },
        { receiver: "team-mail", object_matchers: [["component", "=", "capi"]], group_by: ["cluster_name"] },
      ],
    },
  ],
});

/** The same for an Alertmanager. */
export const alertmanagerRoutes = () => ({
  route: {
    receiver: "team-mail",
    group_by: ["alertname"],
    group_wait: "30s",
    group_interval: "5m",
    repeat_interval: "4h",
    routes: [
      { receiver: "pager", matchers: ['severity="critical"'], continue: true },
      { receiver: "team-mail", matchers: ['component="capi"'], group_by: ["cluster_name"] },
    ],
  },
  receivers: [{ name: "team-mail" }, { name: "pager" }],
});
