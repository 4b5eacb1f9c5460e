/** CoreDNS releases in order: those between which a Corefile is known to be migratable, one step at a time. */
export const coreDNSVersions = (
  "1.1.3 1.1.4 1.2.0 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.6 1.3.0 1.3.1 1.4.0 1.5.0 1.5.1 1.5.2 1.6.0 1.6.1 1.6.2 1.6.3 1.6.4 1.6.5 " +
  "1.6.6 1.6.7 1.6.9 1.7.0 1.7.1 1.8.0 1.8.3 1.8.4 1.8.5 1.8.6 1.8.7 1.9.0 1.9.1 1.9.2 1.9.3 1.9.4 1.10.0 1.10.1 1.11.0 1.11.1 " +
  "1.11.3 1.11.4 1.12.0 1.12.1 1.12.2 1.12.3 1.12.4 1.13.0 1.13.1 1.13.2 1.14.0 1.14.1 1.14.2 1.14.3 1.14.4 1.14.6"
).split(" ");

/** Why CoreDNS cannot be moved up from one version to another; undefined when it can. */
export const coreDNSMigrationError = (from: string, to: string): string | undefined => {
  const [start, end] = [coreDNSVersions.indexOf(from), coreDNSVersions.indexOf(to)];
  if (start < 0) return `start version '${from}' not supported`;
  if (end < 0) return `end version '${to}' not supported`;
  return start > end ? `cannot migrate up to '${to}' from '${from}'` : undefined;
};
