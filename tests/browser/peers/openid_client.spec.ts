import * as oidc from 'openid-client';
import { type Orglab } from '../support/process.ts';
import { expect, test as base } from '../support/orglab.ts';
import { type Visitor, visitor } from './visitor.ts';

interface Fixtures {
  visitor: Visitor;
  /** `openid-client` as a relying party of the demo tenant, which checks signatures too. */
  relyingParty: oidc.Configuration;
}

const test = base.extend<Fixtures>({
  visitor,
  relyingParty: async ({ orglab }, use) => use(await discover(orglab, 'orglab', oidc.None())),
});

async function discover(orglab: Orglab, clientId: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> {
  const execute = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks];
  return oidc.discovery(new URL(`${orglab.tenantUrl}/`), clientId, undefined, authentication, { execute });
}

/** An authorization request, and what its response must hold. */
async function request(relyingParty: oidc.Configuration, orglab: Orglab, more: Record<string, string> = {}) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  };
  const url = oidc.buildAuthorizationUrl(relyingParty, {
    redirect_uri: `${orglab.appUrl}/callback`,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  return { url, checks };
}

/** Signs alice in at the tenant, without clicks. */
async function begin(visitor: Visitor, orglab: Orglab): Promise<void> {
  const page = await (await visitor.http.get(`${orglab.tenantUrl}/authorize`, { maxRedirects: 0 })).text();
  expect(page).not.toContain('alice');
  const relyingParty = await discover(orglab, 'orglab-management', oidc.ClientSecretPost('demo'));
  const { access_token } = await oidc.clientCredentialsGrant(relyingParty, { audience: `${orglab.tenantUrl}/api/v2/` });
  const users = await oidc.fetchProtectedResource(
    relyingParty,
    access_token,
    new URL(`${orglab.tenantUrl}/api/v2/users-by-email?email=alice@org1.example`),
    'GET',
  );
  const [{ user_id }] = (await users.json()) as { user_id: string }[];
  await visitor.http.post(`${orglab.tenantUrl}/api/sessions`, { data: { user_id } });
}

test('openid-client signs in at the demo tenant, asks who it is, and logs out', async ({ visitor, orglab, relyingParty }) => {
  await begin(visitor, orglab);
  const { url, checks } = await request(relyingParty, orglab, { organization: 'org1', max_age: '3600' });
  const response = await visitor.redirectOf(url);
  const tokens = await oidc.authorizationCodeGrant(relyingParty, response, { ...checks, maxAge: 3600 });
  const claims = tokens.claims()!;
  expect(claims).toMatchObject({
    iss: `${orglab.tenantUrl}/`,
    aud: 'orglab',
    org_name: 'org1',
    email: 'alice@org1.example',
    'https://myapp.com/license': 'corporate',
  });
  const user = await oidc.fetchUserInfo(relyingParty, tokens.access_token, claims.sub);
  expect(user).toMatchObject({ sub: claims.sub, email: 'alice@org1.example' });

  const end = oidc.buildEndSessionUrl(relyingParty, {
    id_token_hint: tokens.id_token!,
    post_logout_redirect_uri: orglab.appUrl,
    state: 'over',
  });
  expect((await visitor.redirectOf(end)).href).toBe(`${orglab.appUrl}/?state=over`);
  const silent = await request(relyingParty, orglab, { organization: 'org1', prompt: 'none' });
  const refusal = await visitor.redirectOf(silent.url);
  await expect(oidc.authorizationCodeGrant(relyingParty, refusal, silent.checks)).rejects.toMatchObject({
    error: 'login_required',
  });
});

test('openid-client is refused by the demo tenant as the standards say', async ({ visitor, orglab, relyingParty }) => {
  await begin(visitor, orglab);
  const first = await request(relyingParty, orglab, { organization: 'org1' });
  const response = await visitor.redirectOf(first.url);
  await oidc.authorizationCodeGrant(relyingParty, response, first.checks);
  const again = oidc.authorizationCodeGrant(relyingParty, response, first.checks);
  await expect(again, 'a code is good once').rejects.toMatchObject({ error: 'invalid_grant' });

  const second = await request(relyingParty, orglab, { organization: 'org1' });
  const checks = { ...second.checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() };
  const other = oidc.authorizationCodeGrant(relyingParty, await visitor.redirectOf(second.url), checks);
  await expect(other, 'with its own verifier').rejects.toMatchObject({ error: 'invalid_grant' });

  const third = await request(relyingParty, orglab, { organization: 'org9' });
  const unknown = oidc.authorizationCodeGrant(relyingParty, await visitor.redirectOf(third.url), third.checks);
  await expect(unknown).rejects.toMatchObject({ error: 'invalid_request', error_description: expect.stringContaining('org9') });

  const forged = oidc.fetchUserInfo(relyingParty, 'forged', oidc.skipSubjectCheck);
  await expect(forged).rejects.toMatchObject({ cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }] });
});

for (const [name, authentication] of [
  ['client_secret_basic', oidc.ClientSecretBasic],
  ['client_secret_post', oidc.ClientSecretPost],
] as const) {
  test(`openid-client gets a token for the management API with ${name}`, async ({ orglab }) => {
    const audience = `${orglab.tenantUrl}/api/v2/`;
    const script = await discover(orglab, 'orglab-management', authentication('demo'));
    const tokens = await oidc.clientCredentialsGrant(script, { audience });
    const list = new URL(`${audience}organizations`);
    const response = await oidc.fetchProtectedResource(script, tokens.access_token, list, 'GET');
    expect(await response.json()).toMatchObject([{ name: 'org1' }, { name: 'org2' }]);
    const stranger = await discover(orglab, 'orglab-management', authentication('wrong'));
    await expect(oidc.clientCredentialsGrant(stranger, { audience })).rejects.toMatchObject({ error: 'access_denied' });
  });
}
