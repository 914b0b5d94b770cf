import { ManagementClient, type ManagementError } from 'auth0';
import { expect, test as base } from '../support/orglab.ts';
import { managementToken } from '../support/tenant.ts';
import { type Visitor, textOf, visitor } from './visitor.ts';

interface Fixtures {
  auth0: ManagementClient;
  visitor: Visitor;
}

const test = base.extend<Fixtures>({
  auth0: async ({ orglab }, use) => use(clientOf(orglab.tenantUrl)),
  visitor,
});

/** Auth0's own client, as scripts use it; it speaks https alone, so its calls are taken to http on the way. */
function clientOf(tenantUrl: string, options: { clientSecret?: string; audience?: string } = {}): ManagementClient {
  return new ManagementClient({
    domain: new URL(tenantUrl).host,
    audience: `${tenantUrl}/api/v2/`,
    clientId: 'orglab-management',
    clientSecret: 'demo',
    maxRetries: 0,
    fetch: (input, init) => fetch(String(input).replace('https:', 'http:'), init),
    ...options,
  });
}

/** What is wrong with a call, as Auth0's client tells it. */
async function failure(call: PromiseLike<unknown>): Promise<[string, unknown]> {
  const error = (await Promise.resolve(call).then(
    () => expect(true, 'the call fails').toBe(false),
    (error: unknown) => error,
  )) as ManagementError;
  return [error.constructor.name, error.body];
}

const error = (statusCode: number, error: string) => ({
  statusCode,
  error,
  message: expect.any(String),
  errorCode: expect.any(String),
});

test('auth0’s management client drives the chapter about collaboration', async ({ auth0, orglab, visitor }) => {
  const org1 = await auth0.organizations.getByName('org1');
  const [bob] = await auth0.users.listUsersByEmail({ email: 'bob@org2.example' });
  const okta2 = (await auth0.connections.list({ name: 'Okta2' })).data[0];
  await visitor.http.post(`${orglab.tenantUrl}/api/sessions`, { data: { user_id: bob.user_id } });

  await visitor.login({ organization: 'org2' });
  expect(await visitor.claims()).toMatchObject({ sub: bob.user_id, 'https://myapp.com/license': 'premium' });

  await auth0.organizations.enabledConnections.add(org1.id!, { connection_id: okta2.id! });
  const refused = await visitor.login({ organization: 'org1' });
  expect(await textOf(refused, 'error-code')).toBe('access_denied');
  expect(await textOf(refused, 'error-description')).toBe(`user ${bob.user_id} is not part of the ${org1.id} organization`);

  await auth0.organizations.members.create(org1.id!, { members: [bob.user_id!] });
  await visitor.login({ organization: 'org1' });
  expect(await visitor.claims()).toMatchObject({ org_id: org1.id, 'https://myapp.com/license': 'corporate' });

  const organizations = await auth0.users.organizations.list(bob.user_id!);
  expect(organizations.data.map((organization) => organization.name)).toEqual(['org1', 'org2']);
  const log = await auth0.logs.list();
  expect(log.data.slice(0, 30).map((entry) => entry.type)).toEqual(expect.arrayContaining(['ssa', 'seacft', 'f', 'sapi']));
  const first = log.data[0];
  expect(await auth0.logs.get(first.log_id!)).toEqual(first);
});

test('auth0’s management client creates, reads, changes and deletes organizations', async ({ auth0 }) => {
  const okta1 = (await auth0.connections.list({ name: 'Okta1' })).data[0];
  const made = await auth0.organizations.create({
    name: 'org3',
    display_name: 'Organization 3',
    metadata: { license: 'premium' },
    enabled_connections: [{ connection_id: okta1.id!, assign_membership_on_login: true }],
  });
  expect(made).toMatchObject({ name: 'org3', display_name: 'Organization 3', metadata: { license: 'premium' } });
  const id = made.id!;
  expect(id).toMatch(/^org_/);
  expect(await auth0.organizations.get(id)).toMatchObject({ id, name: 'org3' });
  expect(await auth0.organizations.getByName('org3')).toMatchObject({ id });
  await auth0.organizations.update(id, { display_name: 'Third', metadata: { license: 'corporate' } });
  expect(await auth0.organizations.get(id)).toMatchObject({ display_name: 'Third', metadata: { license: 'corporate' } });

  const { enabledConnections } = auth0.organizations;
  expect((await enabledConnections.list(id)).data).toMatchObject([
    { connection_id: okta1.id, assign_membership_on_login: true, connection: { name: 'Okta1', strategy: 'okta' } },
  ]);
  await enabledConnections.update(id, okta1.id!, { assign_membership_on_login: false });
  expect(await enabledConnections.get(id, okta1.id!)).toMatchObject({ assign_membership_on_login: false });
  await enabledConnections.delete(id, okta1.id!);
  expect((await enabledConnections.list(id)).data).toEqual([]);

  await auth0.organizations.delete(id);
  expect(await failure(auth0.organizations.get(id))).toEqual(['NotFoundError', error(404, 'Not Found')]);
  expect(await failure(auth0.organizations.getByName('org3'))).toEqual(['NotFoundError', error(404, 'Not Found')]);
});

test('auth0’s management client invites, adds and removes members', async ({ auth0, orglab }) => {
  const id = (await auth0.organizations.getByName('org1')).id!;
  const { invitations, members } = auth0.organizations;
  const invitation = await invitations.create(id, {
    inviter: { name: 'Alice' },
    invitee: { email: 'bob@org2.example' },
    client_id: 'orglab',
    ttl_sec: 3600,
  });
  const link = new URL(invitation.invitation_url!);
  expect(link.origin).toBe(orglab.appUrl);
  expect(Object.fromEntries(link.searchParams)).toEqual({
    invitation: invitation.ticket_id,
    organization: id,
    organization_name: 'org1',
  });
  expect((await invitations.list(id)).data).toMatchObject([{ id: invitation.id, invitee: { email: 'bob@org2.example' } }]);
  expect(await invitations.get(id, invitation.id!)).toMatchObject({ organization_id: id, inviter: { name: 'Alice' } });
  await invitations.delete(id, invitation.id!);
  expect((await failure(invitations.get(id, invitation.id!)))[0]).toBe('NotFoundError');

  const [bob] = await auth0.users.listUsersByEmail({ email: 'bob@org2.example' });
  await members.create(id, { members: [bob.user_id!] });
  expect((await members.list(id)).data.map((member) => member.email)).toEqual(['alice@org1.example', 'bob@org2.example']);
  await members.delete(id, { members: [bob.user_id!] });
  expect((await members.list(id)).data.map((member) => member.email)).toEqual(['alice@org1.example']);
});

test('auth0’s management client creates and deletes connections and users', async ({ auth0 }) => {
  const connection = await auth0.connections.create({ name: 'Okta3', strategy: 'okta' });
  expect(await auth0.connections.get(connection.id!)).toMatchObject({ name: 'Okta3', strategy: 'okta' });
  const user = await auth0.users.create({ connection: 'Okta3', email: 'dora@org3.example', name: 'Dora' });
  expect(user.user_id).toMatch(/^okta\|Okta3\|/);
  expect(await auth0.users.get(user.user_id!)).toMatchObject({ email: 'dora@org3.example', name: 'Dora' });
  expect((await auth0.users.list({ q: 'email:"dora@org3.example"' })).data).toMatchObject([{ user_id: user.user_id }]);
  await auth0.users.delete(user.user_id!);
  expect((await failure(auth0.users.get(user.user_id!)))[0]).toBe('NotFoundError');
  await auth0.connections.delete(connection.id!);
  expect((await failure(auth0.connections.get(connection.id!)))[0]).toBe('NotFoundError');
});

test('auth0’s management client reads and changes the application and the tenant', async ({ auth0, orglab }) => {
  const clients = (await auth0.clients.list()).data;
  const application = clients.find((client) => client.name === 'Orglab');
  expect(application).toMatchObject({ client_id: 'orglab', callbacks: expect.arrayContaining([orglab.appUrl]) });
  expect(application).toMatchObject({ allowed_logout_urls: expect.arrayContaining([orglab.appUrl]) });
  const change = { organization_usage: 'require', organization_require_behavior: 'pre_login_prompt' } as const;
  expect(await auth0.clients.update('orglab', change)).toMatchObject(change);
  expect(await auth0.clients.get('orglab')).toMatchObject(change);
  await auth0.tenants.settings.update({ allow_organization_name_in_authentication_api: false });
  expect(await auth0.tenants.settings.get()).toMatchObject({ allow_organization_name_in_authentication_api: false });
});

test('auth0’s management client walks through pages', async ({ auth0, orglab }) => {
  for (const number of [3, 4, 5, 6, 7]) await auth0.organizations.create({ name: `org${number}` });
  const names: string[] = [];
  for await (const organization of await auth0.organizations.list({ take: 3 })) names.push(organization.name!);
  expect(names.sort()).toEqual(['org1', 'org2', 'org3', 'org4', 'org5', 'org6', 'org7']);

  const users = await auth0.users.list({ per_page: 1, page: 1 });
  expect(users.response).toMatchObject({ start: 1, limit: 1, length: 1, total: 3 });
  const emails: string[] = [];
  for await (const user of await auth0.users.list({ per_page: 1 })) emails.push(user.email!);
  expect(emails.sort()).toEqual(['alice@org1.example', 'bob@org2.example', 'carol@example.com']);

  // Its client does not have `from` and `take` for logs; Auth0's API does.
  const headers = new Headers({ authorization: `Bearer ${await managementToken(orglab.tenantUrl)}` });
  const logs = async (query: string) => (await fetch(`${orglab.tenantUrl}/api/v2/logs?${query}`, { headers })).json();
  const [first, second, third] = await logs('take=3');
  expect(await logs(`take=2&from=${first.log_id}`)).toEqual([second, third]);
});

test('auth0’s management client understands what is wrong', async ({ auth0, orglab }) => {
  const { organizations } = auth0;
  expect(await failure(organizations.create({ name: 'org1' }))).toEqual(['ConflictError', error(409, 'Conflict')]);
  expect(await failure(organizations.create({ name: 'No Name!' }))).toEqual(['BadRequestError', error(400, 'Bad Request')]);
  expect(await failure(auth0.users.list({ per_page: 1000 }))).toEqual(['BadRequestError', error(400, 'Bad Request')]);
  const stranger = clientOf(orglab.tenantUrl, { clientSecret: 'wrong' });
  expect(await failure(stranger.organizations.list())).toEqual([
    'ManagementError',
    { error: 'access_denied', error_description: 'Unauthorized' },
  ]);
  const elsewhere = clientOf(orglab.tenantUrl, { audience: 'https://api.example.com/' });
  expect((await failure(elsewhere.organizations.list()))[1]).toMatchObject({ error: 'access_denied' });
  const forged = new ManagementClient({
    domain: new URL(orglab.tenantUrl).host,
    token: 'forged',
    maxRetries: 0,
    fetch: (input, init) => fetch(String(input).replace('https:', 'http:'), init),
  });
  expect(await failure(forged.organizations.list())).toEqual(['UnauthorizedError', error(401, 'Unauthorized')]);
});
