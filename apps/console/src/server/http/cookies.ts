/** The value of one cookie; undefined when it is not there. */
export const readCookie = (header: string | undefined, name: string): string | undefined => {
  for (const part of (header ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
};

/**
 * Not readable by scripts, never sent along from other sites. Over TLS the name itself (`__Host-`) keeps other hosts of the domain from
 * setting it. Cookies do not tell ports apart, so without TLS the port is in the name: two consoles on one machine stay two.
 */
export const sessionCookie = (options: { readonly secure: boolean; readonly port: number }) => {
  const name = options.secure ? "__Host-slipway-session" : `slipway-session-${options.port}`;
  const manners = `Path=/; HttpOnly; SameSite=Strict${options.secure ? "; Secure" : ""}`;
  return {
    name,
    set: (value: string): string => `${name}=${value}; ${manners}`,
    clear: (): string => `${name}=; ${manners}; Max-Age=0`,
  };
};
