import { object, text } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface Keypair {
  readonly name: string;
  readonly publicKey: string;
}

/** Keypairs belong to the user, not to the project, and have no other id than their name. */
export const keypairCalls = (service: Service) => ({
  findKeypair: async (name: string): Promise<Keypair | undefined> => {
    const answer = await service.find("keypair_get", `/os-keypairs/${encodeURIComponent(name)}`);
    if (answer === undefined) return undefined;
    const keypair = object(answer["keypair"], "keypair");
    return { name: text(keypair, "name"), publicKey: text(keypair, "public_key") };
  },
});
