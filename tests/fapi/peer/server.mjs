// The certified peer that the conformance client is held against: oidc-provider with the FAPI 2.0 Security Profile,
// private_key_jwt, PAR and DPoP. A line of its standard input says what it is to be, and it ends with that input:
// {"port", "nonces": whether DPoP needs one, "clients": [{"client_id", "jwk", "redirect_uri"}]}
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin });
const asked = JSON.parse(await new Promise((heard) => lines.once("line", heard)));
lines.once("close", () => process.exit());
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const signing = { ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig" };

const provider = new Provider(`http://localhost:${asked.port}`, {
  clientAuthMethods: ["private_key_jwt"],
  clients: asked.clients.map((client) => ({
    client_id: client.client_id,
    redirect_uris: [client.redirect_uri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: client.jwk.alg,
    id_token_signed_response_alg: "ES256",
    dpop_bound_access_tokens: true,
    jwks: { keys: [client.jwk] },
  })),
  cookies: { keys: [randomBytes(32).toString("hex")] },
  enabledJWA: {
    clientAuthSigningAlgValues: ["PS256", "ES256", "Ed25519", "EdDSA"],
    dPoPSigningAlgValues: ["PS256", "ES256", "Ed25519", "EdDSA"],
  },
  features: {
    dPoP: { enabled: true, nonceSecret: asked.nonces ? randomBytes(32) : undefined, requireNonce: () => asked.nonces },
    fapi: { enabled: true, profile: "2.0" },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
  },
  issueRefreshToken: async () => true,
  jwks: { keys: [signing] },
  rotateRefreshToken: false,
  ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 3600, RefreshToken: 3600, Session: 3600 },
});

provider.listen(asked.port, "127.0.0.1", () => console.log("listening"));
