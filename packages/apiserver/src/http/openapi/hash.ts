/** Upper-case hex SHA-512: what clients get as ETag and as `?hash=`. */
export const hashOf = async (content: string | Uint8Array): Promise<string> => {
  const digest = await crypto.subtle.digest(
    "SHA-512",
    typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content),
  );
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
};
