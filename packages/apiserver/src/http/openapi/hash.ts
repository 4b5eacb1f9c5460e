/** Upper-case hex SHA-512: what clients get as ETag and as `?hash=`. */
export const hashOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-512", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
};
