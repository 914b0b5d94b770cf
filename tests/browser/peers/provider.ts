import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider';

/** What the client is registered with; the form encoding of its secret is not the secret itself. */
export const client = { id: 'orglab', secret: 's3cret of the client\'s, with: odd/characters+' };

/** The only user, a member of an organization. */
export const account = { sub: 'alice', org_id: 'org_certified', org_name: 'org1', name: 'Alice', email: 'alice@org1.example' };

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
export type Authentication = 'none' | 'client_secret_basic' | 'client_secret_post';

export interface Registration {
  algorithm?: Algorithm;
  authentication?: Authentication;
  /** More of the client's metadata. */
  metadata?: Partial<ClientMetadata>;
}

/**
 * `oidc-provider`, which the OpenID Foundation has certified, on a free port. Another host than the app's, so that to
 * browsers it is another site, as a provider is in life.
 */
export class CertifiedProvider {
  /** What it has told clients of the end of a session: `success` or `error`. */
  readonly logouts: string[] = [];

  private constructor(private readonly server: Server) {}

  /** Takes a port; nothing is served on it yet. */
  static async bind(): Promise<CertifiedProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CertifiedProvider(server);
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Serves the app, registered like this, in the one way of authentication that it is registered for. */
  serve(appUrl: string, { algorithm = 'RS256', authentication = 'none', metadata = {} }: Registration = {}): void {
    const registration: ClientMetadata = {
      client_id: client.id,
      ...(authentication === 'none' ? {} : { client_secret: client.secret }),
      token_endpoint_auth_method: authentication,
      redirect_uris: [appUrl],
      post_logout_redirect_uris: [appUrl],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: algorithm,
      backchannel_logout_uri: `${appUrl}/backchannel-logout`,
      backchannel_logout_session_required: true,
      ...metadata,
    };
    const provider = new Provider(this.issuer, configuration(registration, authentication));
    provider.on('backchannel.success', () => this.logouts.push('success'));
    provider.on('backchannel.error', (_context, error) => this.logouts.push(`error: ${error.message}`));
    this.server.on('request', provider.callback());
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
  }
}

function configuration(registration: ClientMetadata, authentication: Authentication): Configuration {
  return {
    clients: [registration],
    clientAuthMethods: [authentication],
    jwks: { keys: keys() },
    cookies: { keys: [randomUUID()] },
    scopes: ['openid', 'profile', 'email'],
    claims: { openid: ['sub', 'org_id', 'org_name'], profile: ['name'], email: ['email'] },
    pkce: { required: () => true },
    // Its own guard against addresses of this machine would keep it from telling the app of a logout.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 3600, Session: 3600 },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ ...account, sub: accountId }) }),
  };
}

/** Made once for each process: RSA keys take their time. */
let made: object[] | undefined;

function keys() {
  made ??= [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ed25519'),
  ].map(({ privateKey }, index) => ({ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: `key-${index}` }));
  return made as NonNullable<Configuration['jwks']>['keys'];
}
