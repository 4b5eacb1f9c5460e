import { exportJWK, importSPKI } from "jose";
import { keyId, type ServiceAccountKeys } from "./authn/tokens.ts";
import { type Answer, type Exchange, jsonAnswer } from "./exchange.ts";

/** Publishes where ServiceAccount tokens come from and the keys to check them with, so that others can trust them without asking. */
export interface TokenIssuer {
  answer(exchange: Exchange): Promise<Answer | undefined>;
}

const keysPath = "/openid/v1/jwks";

export const createTokenIssuer = ({ publicKeyPem, privateKeyPem, issuer }: ServiceAccountKeys): TokenIssuer => {
  const algorithm = privateKeyPem.includes("RSA PRIVATE KEY") ? "RS256" : "ES256";
  const key = async () => {
    const jwk = await exportJWK(await importSPKI(publicKeyPem, algorithm, { extractable: true }));
    return { use: "sig", ...jwk, kid: await keyId(publicKeyPem), alg: algorithm };
  };
  return {
    answer: async ({ path, method }) => {
      if (method !== "GET" && method !== "HEAD") return undefined;
      const cache = { "cache-control": "public, max-age=3600" };
      if (path === "/.well-known/openid-configuration")
        return jsonAnswer(
          {
            issuer,
            jwks_uri: `${issuer.replace(/\/$/, "")}${keysPath}`,
            response_types_supported: ["id_token"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: [algorithm],
          },
          200,
          cache,
        );
      if (path !== keysPath) return undefined;
      return jsonAnswer({ keys: [await key()] }, 200, { ...cache, "content-type": "application/jwk-set+json" });
    },
  };
};
