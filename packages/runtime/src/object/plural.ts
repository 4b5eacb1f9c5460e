/** English plural of a kind's name: `MachineSet` → `MachineSets`, `IPAddress` → `IPAddresses`, `Proxy` → `Proxies`. */
export const plural = (kind: string): string => {
  if (/(?:s|x|z|ch|sh)$/i.test(kind)) return `${kind}es`;
  return /[^aeiou]y$/i.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
};
