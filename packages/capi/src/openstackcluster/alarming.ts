/** What an operator must know: told as an Event and in the condition Ready. Other waits are ordinary steps. */
export const alarming: ReadonlySet<string> = new Set([
  "UpdateError",
  "Ambiguous",
  "ExternalNetworkUnclear",
  "ExternalNetworkMissing",
  "EndpointUndetermined",
  "LoadBalancerError",
  "QuotaExceeded",
  "CredentialsRefused",
  "RefusedByCloud",
  "CloudUnavailable",
  "NotInTheCloud",
  "NetworkNotFound",
  "NoManagedSubnet",
  "SubnetsRefused",
]);
