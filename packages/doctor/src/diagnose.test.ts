import { describe, expect, test } from "vitest";
import { type CauseCode, causes } from "./causes.ts";
import { diagnose } from "./diagnose.ts";
import type { Evidence } from "./evidence/evidence.ts";
import { classify } from "./rules/refusals.ts";
import { ago, cloud, condition, evidence, object, server } from "./testing/evidence.ts";
import { diagnosisDocument, diagnosisText, shortReason } from "./text.ts";

/** Words of the real services (and of our own clients around them), and what they mean. */
const words: readonly (readonly [string, CauseCode, RegExp?])[] = [
  [
    "Quota exceeded for cores, ram: Requested 4, 8192, but already used 8, 16384 of 10, 20480 cores, ram",
    "QuotaExceeded",
    /cores, ram/,
  ],
  ["Quota exceeded for resources: ['port']. (POST /ports of network, HTTP 409)", "QuotaExceeded", /port/],
  [
    "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota.",
    "QuotaExceeded",
    /gigabytes/,
  ],
  ["Maximum number of volumes allowed (10) exceeded for quota 'volumes'.", "QuotaExceeded", /volumes/],
  [
    "Quota has been met for resources: Load Balancer (POST /lbaas/loadbalancers of load-balancer, HTTP 403)",
    "QuotaExceeded",
    /Load Balancer/,
  ],
  ["No valid host was found. There are not enough hosts available.", "NoValidHost"],
  ["Exceeded maximum number of retries. Exhausted all hosts available: No valid host was found.", "NoValidHost"],
  ["The requested availability zone is not available (POST /servers of compute, HTTP 400)", "ZoneNotFound"],
  ["Can not find requested image (POST /servers of compute, HTTP 400)", "ImageNotFound"],
  ["no flavors were found: name=k8s.worker", "FlavorNotFound"],
  ["Flavor k8s.worker could not be found.", "FlavorNotFound"],
  ["Invalid key_name provided. (POST /servers of compute, HTTP 400)", "KeypairNotFound"],
  ["Binding failed for port 9f2c, please check neutron logs for more information.", "PortBindingFailed"],
  ["No more IP addresses available on network 5d5a. (POST /floatingips of network, HTTP 409)", "FloatingIPPoolExhausted"],
  ["Network 5d5a could not be found. (POST /ports of network, HTTP 404)", "NetworkGone"],
  [
    "http://k/v3 does not accept the credentials: Could not find Application Credential: 3b. (POST /auth/tokens of identity, HTTP 404)",
    "CredentialRejected",
  ],
  [
    "http://k/v3 does not accept the credentials: The request you have made requires authentication. (POST /auth/tokens of identity, HTTP 401)",
    "CredentialRejected",
  ],
  ["Bad Gateway (GET /servers/detail of compute, HTTP 502)", "ComputeUnavailable"],
  ["unavailable (PUT /routers/x of network, HTTP 503)", "NetworkUnavailable"],
  ["Too many requests (GET /ports of network, HTTP 429)", "RateLimited"],
  ["10.0.0.5:8774 cannot be reached: connect ECONNREFUSED (GET /servers of compute)", "ComputeUnavailable"],
  ["volume kube-a-control-plane-x-root (9f) is in status error", "VolumeFailed"],
  ["the cloud's Nova speaks 2.1 to 2.53, the setting asks for microversion 2.63: change the setting", "MicroversionUnsupported"],
];

describe("the cloud's words", () => {
  test.each(words.map(([message, code, title = /./]) => [message, code, title] as const))(
    "%s [RUN-058]",
    (message, code, title) => {
      const found = classify(message);
      expect(found?.code).toBe(code);
      expect(found?.title).toMatch(title);
      expect(found?.actions.length).toBeGreaterThan(0);
    },
  );
  test("that nobody knows are not guessed at", () => {
    expect(classify("the machine is waiting for its bootstrap data")).toBeUndefined();
    expect(classify("* InfrastructureReady: the server is BUILD")).toBeUndefined();
  });
});

const controlPlaneLabel = { "cluster.x-k8s.io/control-plane": "" };
const machine = (name: string, more: { readonly metadata?: object; readonly status?: object } = {}) =>
  object("Machine", name, {
    spec: { infrastructureRef: { name } },
    ...more,
    status: { nodeRef: { name }, phase: "Running", ...more.status },
  });
const plane = (more: object = {}) =>
  object("KubeadmControlPlane", "kube-a-control-plane", { spec: { replicas: 3 }, status: { initialized: true, ...more } });
const silentApi = object("Cluster", "kube-a", {
  spec: { controlPlaneEndpoint: { host: "203.0.113.7", port: 6443 } },
  status: {
    conditions: [],
    v1beta2: { conditions: [condition("RemoteConnectionProbe", "False", { message: "Remote connection probe failed" })] },
  },
});

const cases: readonly (readonly [string, Evidence, CauseCode, RegExp])[] = [
  [
    "an API that does not answer",
    evidence({ cluster: silentApi, controlPlane: plane() }),
    "APIUnreachable",
    /203\.0\.113\.7:6443/,
  ],
  [
    "a control plane that lost its majority",
    evidence({
      cluster: silentApi,
      controlPlane: plane(),
      machines: ["a", "b", "c"].map((name, index) =>
        machine(name, {
          metadata: { labels: controlPlaneLabel },
          status: { conditions: [condition("NodeHealthy", index === 0 ? "True" : "False")] },
        }),
      ),
    }),
    "EtcdQuorumLost",
    /1 of 3 control plane nodes/,
  ],
  [
    "a lost member of etcd",
    evidence({
      controlPlane: plane({
        v1beta2: {
          conditions: [
            condition("EtcdClusterHealthy", "False", { message: "* Machine kube-a-x: Etcd member reports no leader" }),
          ],
        },
      }),
    }),
    "EtcdMemberLost",
    /kube-a-x/,
  ],
  [
    "certificates that have expired",
    evidence({
      controlPlane: plane(),
      machines: [machine("a", { metadata: { labels: controlPlaneLabel }, status: { certificatesExpiryDate: ago(60) } })],
    }),
    "CertificateExpired",
    /expired at 2026/,
  ],
  [
    "a node that cannot be emptied",
    evidence({
      machines: [
        machine("a", {
          metadata: { deletionTimestamp: ago(30) },
          status: {
            v1beta2: {
              conditions: [
                condition("Deleting", "True", {
                  reason: "DrainingNode",
                  message: "Drain not completed yet: Cannot evict pod as it would violate the pod's disruption budget",
                }),
              ],
            },
          },
        }),
      ],
    }),
    "DrainBlocked",
    /disruption budget/,
  ],
  [
    "a machine that a hook holds",
    evidence({
      machines: [
        machine("a", {
          metadata: { deletionTimestamp: ago(30) },
          status: {
            v1beta2: {
              conditions: [
                condition("Deleting", "True", {
                  reason: "WaitingForPreTerminateHook",
                  message: "Waiting for pre-terminate hooks",
                }),
              ],
            },
          },
        }),
      ],
    }),
    "DeletionBlocked",
    /pre-terminate/,
  ],
  [
    "too many sick machines at once",
    evidence({
      healthChecks: [
        object("MachineHealthCheck", "kube-a-default-worker", {
          status: {
            conditions: [
              condition("RemediationAllowed", "False", {
                message: "exceeds maxUnhealthy (total: 3, unhealthy: 3, maxUnhealthy: 80%)",
              }),
            ],
          },
        }),
      ],
    }),
    "RemediationRestricted",
    /unhealthy: 3/,
  ],
  [
    "a load balancer that somebody deleted",
    evidence(
      {
        infrastructure: object("OpenStackCluster", "kube-a", {
          spec: { apiServerLoadBalancer: { enabled: true } },
          status: { ready: true, apiServerLoadBalancer: { name: "k8s-lb" } },
        }),
      },
      { cloud: cloud({ loadBalancer: null }) },
    ),
    "LoadBalancerError",
    /k8s-lb is not in the project/,
  ],
  [
    "a credential that was never made",
    evidence({ credential: "missing" }),
    "CredentialMissing",
    /kube-a-cloud-config does not exist/,
  ],
  [
    "an image that was deactivated",
    evidence({}, { cloud: cloud({ images: [{ id: "i", found: true, status: "deactivated" }] }) }),
    "ImageUnusable",
    /status deactivated/,
  ],
  [
    "a server in ERROR for a reason of its own",
    evidence(
      { machines: [machine("a")] },
      { cloud: cloud({ servers: [server("a", { status: "ERROR", fault: "hardware on fire" })] }) },
    ),
    "ServerFault",
    /hardware on fire/,
  ],
  [
    "a project that does not let the credential look",
    evidence({}, { cloud: cloud({ problems: [{ service: "volume", kind: "forbidden", message: "no" }] }) }),
    "Forbidden",
    /no/,
  ],
];

describe("evidence becomes a cause", () => {
  test.each(cases)("%s", (_, given, code, proof) => {
    const [first] = diagnose(given).findings;
    expect(first?.code).toBe(code);
    expect(first?.evidence.map(({ text }) => text).join("\n")).toMatch(proof);
    expect(first?.actions.length).toBeGreaterThan(0);
  });

  test("and nothing that is well does: no cause without a fault", () => {
    expect(diagnose(evidence())).toMatchObject({ state: "healthy", findings: [] });
    const fine = { cloud: cloud({ servers: [server("a")], images: [{ id: "i", found: true, status: "active" }] }) };
    expect(diagnose(evidence({ machines: [machine("a")], controlPlane: plane() }, fine))).toMatchObject({
      state: "healthy",
      findings: [],
    });
  });

  test("the first cause is told first, whatever found it, and its echoes in other objects once", () => {
    const text =
      "Quota exceeded for instances: Requested 1, but already used 2 of 2 instances (POST /servers of compute, HTTP 403)";
    const said = (kind: string, name: string) =>
      object(kind, name, {
        status: { conditions: [condition("InstanceReady", "False", { message: text, lastTransitionTime: ago(name.length) })] },
      });
    const found = diagnose(
      evidence(
        {
          record: object("MagnumCluster", "kube-a", { status: { status: "CREATE_IN_PROGRESS" } }),
          servers: [said("OpenStackServer", "long-name"), said("OpenStackServer", "b")],
          machines: [
            machine("c", {
              status: { nodeRef: undefined, conditions: [condition("InfrastructureReady", "False", { message: text })] },
            }),
          ],
        },
        { cloud: cloud({ problems: [{ service: "compute", kind: "unavailable", message: "HTTP 503" }] }) },
      ),
    );
    expect(found.findings.map(({ code }) => code)).toEqual(["ComputeUnavailable", "QuotaExceeded"]);
    expect(found.findings[1]?.evidence).toEqual([{ text: `OpenStackServer long-name: ${text}` }]);
    expect(found.state).toBe("stuck");
  });

  test("a trouble that is over is no cause: events of a complete cluster are history", () => {
    const event = {
      kind: "OpenStackServer",
      name: "kube-a-x",
      reason: "Failedcreateserver",
      message: "Quota exceeded for cores",
      at: ago(5),
    };
    expect(diagnose(evidence({}, { events: [event] })).findings).toEqual([]);
    const creating = { record: object("MagnumCluster", "kube-a", { status: { status: "CREATE_IN_PROGRESS" } }) };
    expect(diagnose(evidence(creating, { events: [event] })).findings).toMatchObject([{ code: "QuotaExceeded" }]);
  });

  test("every cause has its place in the order, once", () => {
    expect(new Set(causes).size).toBe(causes.length);
  });
});

describe("what is told", () => {
  const console = [
    "[   12.000000] cloud-init[702]: kubeadm join --token abcdef.0123456789abcdef --certificate-key deadbeefdeadbeef",
    "[   13.000000] cloud-init[702]: error execution phase preflight: [preflight] Some fatal errors occurred:",
    "[   13.000000] 	[ERROR NumCPU]: the number of available CPUs 1 is less than the required 2; token abcdef.0123456789abcdef",
  ];
  const stuck = () =>
    diagnose(
      evidence(
        {
          record: object("MagnumCluster", "kube-a", { status: { status: "CREATE_IN_PROGRESS" } }),
          machines: [machine("a", { status: { nodeRef: undefined } })],
        },
        { cloud: cloud({ servers: [server("a", { console })] }) },
      ),
    );

  test("holds no token and no key, though the console did [RUN-026]", () => {
    const everything = [
      shortReason(stuck()),
      diagnosisText("kube-a", stuck()),
      JSON.stringify(diagnosisDocument(stuck(), "u", "operator")),
    ].join("\n");
    expect(everything).toContain("[ERROR NumCPU]");
    expect(everything).not.toMatch(/abcdef\.0123456789abcdef|deadbeef/);
  });

  test("to tenants leaves out what only operators can see or do", () => {
    const [tenant] = diagnosisDocument(stuck(), "u", "tenant").findings;
    const [operator] = diagnosisDocument(stuck(), "u", "operator").findings;
    expect(operator?.actions.length).toBeGreaterThan(tenant?.actions.length ?? 0);
    expect(tenant).toMatchObject({ code: "KubeadmFailed", severity: "error", object: { kind: "Machine", name: "a" } });
  });

  test("in status_reason is one line with cause, proof and remedy, and says the same as long as the cause is the same", () => {
    const reason = shortReason(stuck()) ?? "";
    expect(reason).toMatch(/^\[KubeadmFailed\] kubeadm refuses .*\. .*\[ERROR NumCPU\].*What to do: /);
    expect(reason).not.toContain("\n");
    expect(reason.length).toBeLessThanOrEqual(700);
    expect(shortReason(stuck())).toBe(reason);
  });
});

describe("a rotation of certificate authorities", () => {
  const rotating = (stage: string, since: string) =>
    object("MagnumCluster", "kube-a", {
      status: { status: "UPDATE_IN_PROGRESS", caRotation: { stage, step: 2, steps: 5, requestedAt: ago(300), since } },
    });
  const codes = (objects: object, rest: object = {}) => diagnose(evidence(objects, rest)).findings.map(({ code }) => code);

  test("stands still when for an hour no machine has come or gone, and not before, nor before its first stage, nor after its last", () => {
    const old = { machines: [object("Machine", "m", { metadata: { creationTimestamp: ago(90) } })] };
    const [found] = diagnose(evidence({ record: rotating("trustWorkers", ago(100)), ...old })).findings;
    expect(found).toMatchObject({ code: "CaRotationStalled", severity: "warning", since: ago(100) });
    expect(found?.title).toContain("step 2 of 5 (trustWorkers)");
    expect(found?.evidence[0]?.text).toContain("for 90 minutes");
    expect(codes({ record: rotating("trustWorkers", ago(50)), ...old })).toEqual([]);
    const moving = { machines: [object("Machine", "m", { metadata: { creationTimestamp: ago(10) } })] };
    expect(codes({ record: rotating("trustWorkers", ago(100)), ...moving })).toEqual([]);
    const leaving = {
      machines: [object("Machine", "m", { metadata: { creationTimestamp: ago(90), deletionTimestamp: ago(5) } })],
    };
    expect(codes({ record: rotating("drop", ago(100)), ...leaving })).toEqual([]);
    for (const stage of ["waiting", "done"]) expect(codes({ record: rotating(stage, ago(100)), ...old })).toEqual([]);
  });

  test.each([
    [
      "AuthoritiesGone",
      "Secret magnum-system/kube-a-ca-rotation, which holds the old and the new certificate authorities, was deleted in the middle of their rotation.",
      /Restore Secret kube-a-ca-rotation/,
    ],
    [
      "AuthoritiesIncomplete",
      "The certificate authorities cannot be rotated: kube-a-etcd in magnum-system has no certificate or no key.",
      /tls\.crt/,
    ],
  ])("%s is told with what to do, and not as a wrong request", (code, message, todo) => {
    const record = rotating("trust", ago(1));
    const { findings, state } = diagnose(evidence({ record }, { obstacle: { message, final: true } }));
    expect(findings.map((found) => found.code)).toEqual([code]);
    expect(findings[0]?.actions.some(({ text }) => todo.test(text))).toBe(true);
    expect(state).toBe("stuck");
  });
});
