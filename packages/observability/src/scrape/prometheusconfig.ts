/** A new-born Prometheus finds its token and our authority in these files beside its configuration. */
export const scrapeFiles = { token: "slipway-token", authority: "slipway-ca.pem", rules: "slipway-alerts.yaml" } as const;

/** Who scrapes, as the management API knows it. */
const scraper = { name: "slipway-prometheus", namespace: "magnum-system" } as const;

export interface ScrapeOptions {
  /** `host:port` of Slipway's metrics. */
  readonly targets: readonly string[];
  /** The platform's documentation says a minute. */
  readonly interval: string;
  /** Plain HTTP, for `observability.insecure_diagnostics`. */
  readonly insecure: boolean;
}

export const defaultScrape: ScrapeOptions = { targets: ["127.0.0.1:9100"], interval: "1m", insecure: false };

/**
 * A whole Prometheus configuration: the scrape, and the alerts. The series carry their own `namespace`, which a target's must not
 * rename: `honor_labels`.
 */
export const prometheusConfig = (options: Partial<ScrapeOptions> = {}) => {
  const { targets, interval, insecure } = { ...defaultScrape, ...options };
  return {
    global: { scrape_interval: interval, evaluation_interval: "30s" },
    rule_files: [scrapeFiles.rules],
    scrape_configs: [
      {
        job_name: "slipway",
        honor_labels: true,
        ...(insecure
          ? { scheme: "http" }
          : {
              scheme: "https",
              authorization: { type: "Bearer", credentials_file: scrapeFiles.token },
              tls_config: { ca_file: scrapeFiles.authority },
            }),
        static_configs: [{ targets: [...targets] }],
      },
    ],
  };
};

/** What lets a Prometheus in: `kubectl apply -f`, then `kubectl create token slipway-prometheus -n magnum-system`. */
export const scrapeAccess = () => [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...scraper } },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "slipway-metrics-reader" },
    rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: scraper.name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "slipway-metrics-reader" },
    subjects: [{ kind: "ServiceAccount", ...scraper }],
  },
];
