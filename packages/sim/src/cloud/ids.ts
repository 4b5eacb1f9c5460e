/** Chance is an argument: give a seeded `random` and the same world comes out. */
export interface Ids {
  uuid(): string;
  /** Keystone's form: 32 hex digits. */
  hex(): string;
  secret(): string;
  /** 0 up to, not including, `limit`. */
  below(limit: number): number;
}

const hexDigits = "0123456789abcdef";
const urlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export const createIds = (random?: () => number): Ids => {
  const below = (limit: number): number => Math.floor((random ?? Math.random)() * limit);
  const pick = (alphabet: string, length: number): string => {
    if (random) return Array.from({ length }, () => alphabet[below(alphabet.length)]).join("");
    let text = "";
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) text += alphabet[byte % alphabet.length];
    return text;
  };
  const uuid = (): string => {
    if (!random) return crypto.randomUUID();
    const hex = pick(hexDigits, 30);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${"89ab"[below(4)]}${hex.slice(15, 18)}-${hex.slice(18)}`;
  };
  return { uuid, hex: () => uuid().replaceAll("-", ""), secret: () => pick(urlSafe, 64), below };
};

/** The forms of time that the services write; a wrong one makes Go clients drop the whole answer. */
export const time = {
  /** 2024-01-02T03:04:05Z: Nova, Neutron, Glance */
  zulu: (date: Date): string => `${date.toISOString().slice(0, 19)}Z`,
  /** 2024-01-02T03:04:05: Octavia */
  plain: (date: Date): string => date.toISOString().slice(0, 19),
  /** 2024-01-02T03:04:05.000000: Cinder, Nova's usage and actions */
  micro: (date: Date): string => `${date.toISOString().slice(0, 19)}.000000`,
  /** 2024-01-02T03:04:05.000000Z: Keystone */
  microZulu: (date: Date): string => `${date.toISOString().slice(0, 19)}.000000Z`,
};
