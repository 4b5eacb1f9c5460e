import type { CauseCode } from "../causes.ts";
import type { CloudProblem, CloudService } from "../evidence/evidence.ts";
import { type Finding, line, operatorLine } from "../finding.ts";
import { classify, unavailable } from "./refusals.ts";
import { minutesSince, type Rule } from "./rule.ts";

const services: { readonly [service in CloudService]: { readonly code: CauseCode; readonly name: string } } = {
  identity: { code: "IdentityUnavailable", name: "identity service (Keystone)" },
  compute: { code: "ComputeUnavailable", name: "compute service (Nova)" },
  network: { code: "NetworkUnavailable", name: "network service (Neutron)" },
  loadbalancer: { code: "LoadBalancerUnavailable", name: "load balancer service (Octavia)" },
  image: { code: "ImageServiceUnavailable", name: "image service (Glance)" },
  volume: { code: "VolumeServiceUnavailable", name: "volume service (Cinder)" },
};

/** What happened when the cloud was asked just now, with the cluster's own credential. */
export const cloudProblems: Rule = ({ cloud }) => (cloud?.problems ?? []).map(problem);

const problem = ({ service, kind, message }: CloudProblem): Finding => {
  const common = {
    evidence: [line(message)],
    object: { kind: "Service", name: service },
    since: undefined,
    severity: "error" as const,
  };
  const known = classify(message);
  switch (kind) {
    case "unauthorized":
      return {
        ...common,
        code: "CredentialRejected",
        title: "The cloud no longer accepts the cluster's application credential",
        actions: [
          line("Ask the platform's operator for a new credential, or delete the cluster and create it again."),
          operatorLine(
            "Make an application credential in the cluster's project, and put it into `clouds.yaml` of the Secret <cluster>-cloud-config: it is taken up at the next attempt, no machine is made again.",
          ),
        ],
      };
    case "throttled":
      return {
        ...common,
        severity: "warning",
        code: "RateLimited",
        title: "The cloud limits how fast it may be asked",
        actions: [
          line("Wait: the requests are repeated, less often."),
          operatorLine("Raise the rate limit of the cloud's API for the management cluster's addresses if this lasts."),
        ],
      };
    case "unavailable":
      return {
        ...common,
        code: services[service].code,
        title: `The cloud's ${services[service].name} does not answer`,
        actions: unavailable(services[service].name),
      };
    default:
      if (known !== undefined) return { ...common, ...known };
      return {
        ...common,
        severity: "warning",
        code: kind === "forbidden" ? "Forbidden" : "CloudRefused",
        title: `The cloud's ${services[service].name} refused a question`,
        actions: [operatorLine("Compare the roles of the cluster's credential with the service's policy.")],
      };
  }
};

/** A load balancer is ready in a minute or two; RUN-087 calls ten minutes too long. */
const PENDING_MINUTES = 10;

/** The load balancer in front of the Kubernetes API, as Octavia has it. */
export const loadBalancer: Rule = ({ cloud, objects, now }) => {
  const found = cloud?.loadBalancer;
  const { infrastructure } = objects;
  if (infrastructure?.metadata.deletionTimestamp !== undefined && found?.provisioningStatus !== "ERROR") return [];
  if (found === null && infrastructure?.status?.apiServerLoadBalancer !== undefined)
    return [
      {
        code: "LoadBalancerError",
        severity: "error",
        title: "The load balancer of the Kubernetes API was deleted",
        evidence: [line(`Load balancer ${infrastructure.status.apiServerLoadBalancer.name} is not in the project any more.`)],
        actions: [line("The cluster's address was its: delete the cluster and create it again, or ask the platform's operator.")],
        object: { kind: "LoadBalancer", name: infrastructure.status.apiServerLoadBalancer.name },
        since: undefined,
      },
    ];
  if (found === null || found === undefined) return [];
  const { provisioningStatus: state, name, id, changedAt } = found;
  const common = { object: { kind: "LoadBalancer", name }, since: changedAt };
  if (state === "ERROR")
    return [
      {
        ...common,
        code: "LoadBalancerError",
        severity: "error",
        title: "The load balancer of the Kubernetes API is in ERROR",
        evidence: [line(`Load balancer ${name} (${id}): provisioning_status ERROR.`)],
        actions: [
          line("Ask the cloud's operator, or delete the cluster and create it again."),
          operatorLine(
            `openstack loadbalancer failover ${id} when it ever worked; else openstack loadbalancer delete --cascade ${id}: it is made again.`,
          ),
        ],
      },
    ];
  if (state.startsWith("PENDING_")) {
    const long = minutesSince(changedAt, now) >= PENDING_MINUTES;
    return [
      {
        ...common,
        code: "LoadBalancerPending",
        severity: long ? "error" : "info",
        title: long ? `The load balancer does not leave ${state}` : "The load balancer is being changed",
        evidence: [line(`Load balancer ${name} (${id}) is ${state}${changedAt === undefined ? "" : ` since ${changedAt}`}.`)],
        actions: long
          ? [
              line("Ask the cloud's operator: while it is so, nobody can change or delete it."),
              operatorLine(
                "Look at Octavia's worker and health manager (and the amphora in Nova); an administrator may set it to ERROR, then it can be deleted.",
              ),
            ]
          : [line("Wait: this takes a minute or two.")],
      },
    ];
  }
  return [];
};

/** A floating IP works within seconds. */
const ADDRESS_MINUTES = 5;
/** A volume that an image is copied to takes a few minutes. */
const VOLUME_MINUTES = 10;

/** What the cluster stands on: networks, router, address. */
export const network: Rule = ({ cloud, objects, now }) => {
  const facts = cloud?.network;
  const { infrastructure } = objects;
  if (facts === undefined || infrastructure === undefined || infrastructure.metadata.deletionTimestamp !== undefined) return [];
  const name = infrastructure.status?.network?.name ?? infrastructure.spec.network?.id ?? infrastructure.metadata.name;
  const findings: Finding[] = [];
  const add = (code: CauseCode, title: string, evidence: string, actions: readonly ReturnType<typeof line>[], object: string) =>
    findings.push({
      code,
      severity: "error",
      title,
      evidence: [line(evidence)],
      actions,
      object: { kind: object, name: object === "FloatingIP" ? (facts.apiAddress?.address ?? name) : name },
      since: undefined,
    });
  if (facts.external?.found === false)
    add(
      "ExternalNetworkNotFound",
      "The external network is not there",
      `Network ${facts.external.id}, which gives the cluster its public address, is not to be seen in the project.`,
      [
        line("Choose a network of `openstack network list --external` in the cluster template, and create the cluster again."),
        operatorLine("Or bring the external network back, or share it with the project."),
      ],
      "Network",
    );
  if (facts.own === null)
    add(
      "NetworkGone",
      "The cluster's network is gone",
      `Network ${infrastructure.status?.network?.id ?? name} does not exist any more.`,
      [
        line(
          "A network that somebody deleted cannot be put back under running machines: delete the cluster and create it again.",
        ),
      ],
      "Network",
    );
  else if (facts.own !== undefined && facts.own.subnets === 0)
    add(
      "SubnetMissing",
      "The cluster's network has no subnet",
      `Network ${facts.own.name} (${facts.own.id}) has no subnet: machines get no address on it.`,
      [line("Give the network an IPv4 subnet with DHCP, or create the cluster without `fixed_network`.")],
      "Network",
    );
  const silent = facts.dhcp.filter(({ enabled }) => !enabled);
  if (silent[0] !== undefined)
    add(
      "DHCPDisabled",
      "DHCP is switched off on the cluster's subnet",
      `Subnet ${silent.map(({ subnet }) => subnet).join(", ")} has enable_dhcp: false: machines get no address when they boot.`,
      [
        line(
          `openstack subnet set --dhcp ${silent[0].subnet}, then delete the machines' node group or wait for their replacement.`,
        ),
      ],
      "Subnet",
    );
  if (facts.router === null)
    add(
      "RouterGone",
      "The cluster's router is gone",
      `Router ${infrastructure.status?.router?.id ?? ""} does not exist any more: machines reach nothing outside.`,
      [line("It is made again only for a new cluster: delete the cluster and create it again.")],
      "Router",
    );
  if (facts.apiAddress === null)
    add(
      "FloatingIPDown",
      "The floating IP of the Kubernetes API is gone",
      "The address in the cluster's kubeconfig belongs to no floating IP of the project any more.",
      [line("Nobody can be given that address again for sure: delete the cluster and create it again.")],
      "FloatingIP",
    );
  else if (
    facts.apiAddress !== undefined &&
    (!facts.apiAddress.attached || facts.apiAddress.status !== "ACTIVE") &&
    (infrastructure.status?.ready === true || minutesSince(infrastructure.metadata.creationTimestamp, now) >= ADDRESS_MINUTES)
  )
    add(
      "FloatingIPDown",
      "The floating IP of the Kubernetes API does not work",
      `Floating IP ${facts.apiAddress.address} is ${facts.apiAddress.status}${facts.apiAddress.attached ? "" : " and on no port"}.`,
      [
        line("Ask the cloud's operator."),
        operatorLine(
          "The L3 agent (or the network's own router) did not take it up; look at the router's gateway and at its agent.",
        ),
      ],
      "FloatingIP",
    );
  return findings;
};

/** What machines are made of must still be there when the next one is made. */
export const ingredients: Rule = ({ cloud, objects, now }) => {
  if (cloud === undefined || objects.cluster?.metadata.deletionTimestamp !== undefined) return [];
  const name = objects.record?.metadata.name ?? objects.cluster?.metadata.name ?? "";
  const object = { kind: "Cluster", name };
  const findings: Finding[] = [];
  for (const image of cloud.images ?? [])
    if (!image.found || image.status !== "active")
      findings.push({
        code: image.found ? "ImageUnusable" : "ImageNotFound",
        severity: "error",
        title: image.found ? `The machines' image is ${image.status}` : "The machines' image is not in the cloud any more",
        evidence: [
          line(
            `Image ${image.id} ${image.found ? `has the status ${image.status}` : "is not to be seen in the project"}: no further machine can be made.`,
          ),
        ],
        actions: [
          line("Create the cluster from a template whose image exists, or upgrade it to one (`openstack coe cluster upgrade`)."),
          operatorLine(
            "Upload the image again, or share it with the project; compare `openstack image list` with the template's image.",
          ),
        ],
        object,
        since: undefined,
      });
  for (const flavor of cloud.flavors ?? [])
    if (!flavor.found)
      findings.push({
        code: "FlavorNotFound",
        severity: "error",
        title: "The machines' flavor is not in the cloud any more",
        evidence: [line(`Flavor ${flavor.id} is not to be seen in the project: no further machine can be made.`)],
        actions: [
          line("Add a node group with a flavor of `openstack flavor list`, and delete the one whose flavor is gone."),
          operatorLine("Or make the flavor again under the same name, or give the project access to it."),
        ],
        object,
        since: undefined,
      });
  if (cloud.keypair?.found === false)
    findings.push({
      code: "KeypairNotFound",
      severity: "error",
      title: "The cluster's keypair does not exist",
      evidence: [line(`The user who made the cluster has no keypair ${cloud.keypair.id}: no further machine can be made.`)],
      actions: [
        line(
          "Keypairs belong to users: import it again under its old name, as the user who made the cluster (`openstack keypair create`).",
        ),
      ],
      object,
      since: undefined,
    });
  for (const volume of cloud.volumes ?? []) {
    const owner = objects.servers.find(({ metadata }) => volume.name.startsWith(`${metadata.name}-`));
    const minutes = minutesSince(owner?.metadata.creationTimestamp, now);
    if (["creating", "downloading"].includes(volume.status) && minutes >= VOLUME_MINUTES)
      findings.push({
        code: "VolumeStuck",
        severity: "error",
        title: "A volume of the machine is never finished",
        evidence: [
          line(`Volume ${volume.name} has the status ${volume.status} since ${owner?.metadata.creationTimestamp ?? "long"}.`),
        ],
        actions: [
          line("Ask the cloud's operator, or try another volume type (label `boot_volume_type`)."),
          operatorLine(
            "`openstack volume show` names the backend; look at cinder-volume's log. Set it to error and delete it: it is made again.",
          ),
        ],
        object: { kind: "Volume", name: volume.name },
        since: owner?.metadata.creationTimestamp,
      });
    if (volume.status.startsWith("error"))
      findings.push({
        code: "VolumeFailed",
        severity: "error",
        title: "A volume of the machine could not be made",
        evidence: [line(`Volume ${volume.name} has the status ${volume.status}.`)],
        actions: [
          line("Try another volume type (label `boot_volume_type`), or ask the cloud's operator."),
          operatorLine("`openstack volume show` names the backend; look at cinder-volume's and cinder-scheduler's logs."),
        ],
        object: { kind: "Volume", name: volume.name },
        since: undefined,
      });
  }
  return findings;
};
