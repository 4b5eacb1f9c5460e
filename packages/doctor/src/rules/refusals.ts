import type { CauseCode } from "../causes.ts";
import { type Finding, type Line, line, operatorLine, type Severity } from "../finding.ts";
import { type Symptom, symptoms } from "../symptoms.ts";
import type { Rule } from "./rule.ts";

/** What a cloud's refusal is called, whoever repeats it: conditions, events, failure fields and server faults all carry its words. */
interface Refusal {
  readonly code: CauseCode;
  readonly pattern: RegExp;
  readonly severity?: Severity;
  readonly title: (match: RegExpExecArray) => string;
  readonly actions: (match: RegExpExecArray) => readonly Line[];
}

/** The first that matches counts. */
const refusals: readonly Refusal[] = [
  {
    code: "ClusterGone",
    pattern: /backing Cluster \S+ is gone|is being deleted, but not by Magnum/i,
    title: () => "The backing Cluster was deleted, but not through Magnum",
    actions: () => [
      line("Delete this cluster through Magnum and create it again."),
      operatorLine("Or make it again: `slipway cluster reapply NAME`."),
    ],
  },
  {
    code: "CredentialRejected",
    pattern:
      /does not accept the credentials|Could not find Application Credential|application credential.*(?:expired|not found|revoked)|requires authentication/i,
    title: () => "The cloud no longer accepts the cluster's application credential",
    actions: () => [
      line("Ask the platform's operator for a new credential, or delete the cluster and create it again."),
      operatorLine(
        "Make an application credential in the cluster's project, and put it into `clouds.yaml` of the Secret <cluster>-cloud-config: it is taken up at the next attempt, no machine is made again.",
      ),
    ],
  },
  {
    code: "CredentialMissing",
    pattern: /Secret \S+-cloud-config, which identityRef names, does not exist|application credential was never made/i,
    title: () => "The cluster has no credential for its cloud",
    actions: () => [line("Ask the platform's operator, or delete the cluster and create it again.")],
  },
  {
    code: "RateLimited",
    pattern: /HTTP 429|rate limit|too many requests/i,
    severity: "warning",
    title: () => "The cloud limits how fast it may be asked",
    actions: () => [
      line("Wait: the requests are repeated, less often."),
      operatorLine("Raise the rate limit of the cloud's API for the management cluster's addresses if this lasts."),
    ],
  },
  {
    code: "MicroversionUnsupported",
    pattern: /Nova speaks .* the setting asks for microversion/i,
    title: () => "The cloud's Nova does not speak the configured microversion",
    actions: () => [
      line("Ask the platform's operator."),
      operatorLine(
        "Set `magnum.capi.nova_microversion` in the inventory to one that Nova offers (2.52 to 2.63), or upgrade Nova.",
      ),
    ],
  },
  {
    code: "ImageNotFound",
    pattern:
      /(?:no images (?:were found|matching)|image \S+ (?:could not be|was not|not) found|Can not find requested image|No image found|Unable to find image|Image [0-9a-f-]{36} (?:could not be found|is not active))/i,
    title: () => "The machines' image is not in the cloud any more",
    actions: () => [
      line("Create the cluster from a template whose image exists, or upgrade it to one (`openstack coe cluster upgrade`)."),
      operatorLine(
        "Upload the image again, or share it with the project; compare `openstack image list` with the template's image.",
      ),
    ],
  },
  {
    code: "FlavorNotFound",
    pattern: /(?:no flavors were found|Flavor \S+ could not be found|Unable to find flavor)/i,
    title: () => "The machines' flavor is not in the cloud any more",
    actions: () => [
      line("Add a node group with a flavor of `openstack flavor list`, and delete the one whose flavor is gone."),
      operatorLine("Or make the flavor again under the same name, or give the project access to it."),
    ],
  },
  {
    code: "KeypairNotFound",
    pattern: /(?:Invalid key_name provided|keypair \S+ (?:could not be|not) found|Key pair \S+ not found)/i,
    title: () => "The cluster's keypair does not exist",
    actions: () => [
      line(
        "Keypairs belong to users: the one who made the cluster must have it (`openstack keypair list`). Import it again under its old name.",
      ),
    ],
  },
  {
    code: "FloatingIPPoolExhausted",
    pattern:
      /No more IP addresses available on network|ExternalIpAddressExhausted|IpAddressGenerationFailure.*(?:external|public)/i,
    title: () => "The network has no free address left",
    actions: () => [
      line("Release floating IPs that are not in use (`openstack floating ip list --status DOWN`)."),
      operatorLine("Add a subnet or a larger allocation pool to the external network."),
    ],
  },
  {
    code: "QuotaExceeded",
    pattern: /quota/i,
    title: (match) => quotaTitle(match.input),
    actions: () => [
      line("Delete what is not needed, or ask for a higher quota (`openstack quota show --usage`). It goes on by itself then."),
      operatorLine("Raise it: `openstack quota set`; the next attempt follows within two minutes."),
    ],
  },
  {
    code: "NoValidHost",
    pattern: /No valid host was found/i,
    title: () => "No host of the cloud has room for the server",
    actions: () => [
      line("Try a smaller flavor or another availability zone, or ask the cloud's operator for capacity."),
      operatorLine(
        "Look at the scheduler's log for this server, at `openstack hypervisor stats show`, at the zone, and at the server group's policy.",
      ),
    ],
  },
  {
    code: "ZoneNotFound",
    pattern: /(?:requested availability zone is not available|availability zone \S+ (?:is not available|not found|is invalid))/i,
    title: (match) => {
      const zone = /zone '?"?([\w.-]+)'?"? (?:is|not)/i.exec(match.input)?.[1];
      return `The availability zone${zone === undefined || zone === "is" ? "" : ` ${zone}`} does not exist or takes no servers`;
    },
    actions: () => [
      line(
        "Use a zone of `openstack availability zone list --compute`: label `availability_zone` of a new node group or cluster.",
      ),
      operatorLine("If the zone should be there, bring its compute services back (`openstack compute service list`)."),
    ],
  },
  {
    code: "PortBindingFailed",
    pattern: /Binding failed for port|PortBindingFailed|binding_failed/i,
    title: () => "The network could not bind a port on the server's host",
    actions: () => [
      line("Ask the cloud's operator: this is a fault of its network."),
      operatorLine(
        "Look at the network agent on that host and at the mechanism driver's log; the machine is replaced afterwards.",
      ),
    ],
  },
  {
    code: "VolumeFailed",
    pattern:
      /(?:volume \S+ (?:.*)?(?:status error|did not finish|is in error)|has status error|Build of instance \S+ aborted: Volume|VolumeNotCreated|volume type .* (?:could not be|not) found)/i,
    title: () => "A volume of the machine could not be made",
    actions: () => [
      line("Try another volume type (label `boot_volume_type`), or ask the cloud's operator."),
      operatorLine("`openstack volume show` names the backend; look at cinder-volume's and cinder-scheduler's logs."),
    ],
  },
  {
    code: "ServerGroupNotFound",
    pattern: /(?:server groups? (?:named )?\S+.*(?:not found|no )|Instance Group \S+ could not be found|ServerGroup.*not found)/i,
    title: () => "The server group of the machines is gone",
    actions: () => [
      line("Ask the platform's operator."),
      operatorLine("Somebody deleted the server group; see docs/operator-guide.md, Doctor."),
    ],
  },
  {
    code: "ExternalNetworkNotFound",
    pattern:
      /(?:external network (?:.*)(?:not found|missing|does not exist|is gone)|no external network|External network \S+ (?:could not|is not)|is not (?:a valid )?external network)/i,
    title: () => "The external network is not there",
    actions: () => [
      line("Choose a network of `openstack network list --external` in the cluster template, and create the cluster again."),
      operatorLine("Or bring the external network back, or share it with the project."),
    ],
  },
  {
    code: "SecurityGroupNotFound",
    pattern: /Security group \S+ (?:does not exist|could not be found)|security group matching .* (?:not found|0)/i,
    title: () => "A security group of the cluster is gone",
    actions: () => [line("It is made again at the next attempt; if not, ask the platform's operator.")],
  },
  {
    code: "SubnetMissing",
    pattern:
      /(?:requires? (?:a )?subnet|No subnets? (?:found|on)|has no subnet|NoManagedSubnet|no fixed IP|Network \S+ requires a subnet)/i,
    title: () => "The cluster's network has no usable subnet",
    actions: () => [line("Give the network an IPv4 subnet with DHCP, or create the cluster without `fixed_network`.")],
  },
  {
    code: "NetworkGone",
    pattern: /Network \S+ could not be found|no networks? (?:were found|matching)|NetworkNotFound/i,
    title: () => "The cluster's network is gone",
    actions: () => [
      line("A network that somebody deleted cannot be put back under running machines: delete the cluster and create it again."),
    ],
  },
  {
    code: "LoadBalancerError",
    pattern: /load ?balancer \S*.*\b(?:ERROR|is in error)\b/i,
    title: () => "The load balancer of the Kubernetes API is in ERROR",
    actions: () => [
      line("Ask the cloud's operator, or delete the cluster and create it again."),
      operatorLine(
        "`openstack loadbalancer failover ID` when it ever worked; else `openstack loadbalancer delete --cascade ID`: it is made again.",
      ),
    ],
  },
  {
    code: "ComputeUnavailable",
    pattern: /\(\S+ \S+ of compute, HTTP 5\d\d\)|:8774 cannot be reached|of compute\) *$/i,
    title: () => "The cloud's compute service (Nova) does not answer",
    actions: () => unavailable("compute service"),
  },
  {
    code: "NetworkUnavailable",
    pattern: /\(\S+ \S+ of network, HTTP 5\d\d\)|:9696 cannot be reached/i,
    title: () => "The cloud's network service (Neutron) does not answer",
    actions: () => unavailable("network service"),
  },
  {
    code: "LoadBalancerUnavailable",
    pattern: /\(\S+ \S+ of load-balancer, HTTP 5\d\d\)|:9876 cannot be reached/i,
    title: () => "The cloud's load balancer service (Octavia) does not answer",
    actions: () => unavailable("load balancer service"),
  },
  {
    code: "ImageServiceUnavailable",
    pattern: /\(\S+ \S+ of image, HTTP 5\d\d\)|:9292 cannot be reached/i,
    title: () => "The cloud's image service (Glance) does not answer",
    actions: () => unavailable("image service"),
  },
  {
    code: "VolumeServiceUnavailable",
    pattern: /\(\S+ \S+ of block-storage, HTTP 5\d\d\)|:8776 cannot be reached/i,
    title: () => "The cloud's volume service (Cinder) does not answer",
    actions: () => unavailable("volume service"),
  },
  {
    code: "IdentityUnavailable",
    pattern: /\(\S+ \S+ of identity(?:, HTTP 5\d\d)?\)|:5000 cannot be reached/i,
    title: () => "The cloud's identity service (Keystone) does not answer",
    actions: () => unavailable("identity service"),
  },
];

export const unavailable = (service: string): readonly Line[] => [
  line("Wait: it is tried again, and goes on by itself. Running machines are not touched."),
  operatorLine(`Bring the ${service} back: its endpoint in the catalog, its processes, the proxy in front of it.`),
];

/** `Quota exceeded for cores, ram: Requested …`, `Quota exceeded for resources: ['port'].`, `VolumeLimitExceeded: …` */
const quotaTitle = (message: string): string => {
  const resources =
    /exceeded for resources?:? \[?'?([\w', ]+?)'?\]?[.(]/i.exec(message)?.[1] ??
    /Quota exceeded for ([\w, ]+?):/i.exec(message)?.[1] ??
    /maximum number of (\w+)/i.exec(message)?.[1] ??
    /allowed (\w+) quota/i.exec(message)?.[1] ??
    /met for resources: ([\w ]+?) *(?:\(|$)/i.exec(message)?.[1] ??
    /too many ([\w ]+?)[.(]/i.exec(message)?.[1];
  const named = resources?.replaceAll("'", "").trim();
  return named === undefined || named === "" ? "A quota of the project is used up" : `The project's quota is used up: ${named}`;
};

export interface Classified {
  readonly code: CauseCode;
  readonly severity: Severity;
  readonly title: string;
  readonly actions: readonly Line[];
}

/** What a message means; undefined when it is none that we know. */
export const classify = (message: string): Classified | undefined => {
  for (const { code, pattern, severity = "error", title, actions } of refusals) {
    const match = pattern.exec(message);
    if (match !== null) return { code, severity, title: title(match), actions: actions(match) };
  }
  return undefined;
};

export const fromSymptom = (symptom: Symptom): Finding | undefined => {
  const found = classify(`${symptom.message}`);
  return (
    found && {
      ...found,
      evidence: [line(`${symptom.object.kind} ${symptom.object.name}: ${symptom.message}`)],
      object: symptom.object,
      since: symptom.since,
    }
  );
};

/** Whatever the cloud refused, wherever it is written down. */
export const refused: Rule = (evidence) => {
  const seen = new Set<string>();
  return symptoms(evidence).flatMap((symptom) => {
    if (seen.has(symptom.message)) return [];
    seen.add(symptom.message);
    return fromSymptom(symptom) ?? [];
  });
};
