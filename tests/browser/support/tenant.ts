import { type Locator, type Page, expect } from '@playwright/test';
import { alice } from './verbs.ts';

/** The states of the lab that the tenant can be taken to. */
export type Checkpoint =
  | 'login'
  | 'enterprise-connection'
  | 'business-login'
  | 'license'
  | 'second-organization'
  | 'collaboration'
  | 'invited';

/** The guide's steps, in the lab's order. */
export const steps = ['2', '4.1', '4.2', '5', '6.1', '6.2', '6.3', '6.4', '6.5'];

/** The demo tenant, and what an instructor does on its dashboard, in a browser of their own. */
export class Tenant {
  private page: Page | undefined;
  private token: string | undefined;

  constructor(
    readonly url: string,
    private readonly newPerson: () => Promise<Page>,
  ) {}

  /** The dashboard as it is now. */
  async dashboard(): Promise<Page> {
    this.page ??= await this.newPerson();
    await this.page.goto(this.url);
    return this.page;
  }

  /** Takes the tenant to a state of the lab, by the dashboard's button. */
  async checkpoint(name: Checkpoint): Promise<void> {
    const dashboard = await this.dashboard();
    const resets = log(dashboard).filter({ hasText: `Jumped to checkpoint ${name}` });
    const before = await resets.count();
    await dashboard.getByTestId(`checkpoint-${name}`).click();
    await dashboard.getByTestId('confirm').click();
    await expect(resets).toHaveCount(before + 1);
    await expect(dashboard.getByTestId(`checkpoint-${name}`)).toHaveAttribute('aria-current', 'step');
  }

  /** The same as a script does it. */
  async reset(name: Checkpoint): Promise<void> {
    const response = await fetch(`${this.url}/api/checkpoints/${name}`, { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ checkpoint: name });
  }

  /** Enables a connection for an organization, with auto-membership as it is preselected: off. */
  async enable(organization: string, connection: string): Promise<void> {
    await this.turn(`enable-${organization}-${connection}`, `disable-${organization}-${connection}`);
  }

  async disable(organization: string, connection: string): Promise<void> {
    await this.turn(`disable-${organization}-${connection}`, `enable-${organization}-${connection}`);
  }

  /** The connection's name goes behind the address where an address has several users. */
  async addMember(organization: string, user: string): Promise<void> {
    await this.turn(`add-member-${organization}-${user}`, `remove-member-${organization}-${user}`);
  }

  async removeMember(organization: string, user: string): Promise<void> {
    const dashboard = await this.dashboard();
    await dashboard.getByTestId(`remove-member-${organization}-${user}`).click();
    await dashboard.getByTestId('confirm').click();
    await expect(dashboard.getByTestId(`add-member-${organization}-${user}`)).toBeVisible();
  }

  /** Sets the license in the organization's metadata; an empty one takes it away. */
  async setLicense(organization: string, license: string): Promise<void> {
    const card = (await this.dashboard()).getByRole('article', { name: organization, exact: true });
    await card.getByLabel('License', { exact: true }).fill(license);
    await card.getByTestId(`save-organization-${organization}`).click();
    await expect(card.locator('.license')).toHaveText(license || 'no license');
  }

  /** The switch "Allow Organization Names in Authentication API". */
  async allowNames(allowed: boolean): Promise<void> {
    const dashboard = await this.dashboard();
    const button = dashboard.getByTestId(`organization-names-${allowed ? 'on' : 'off'}`);
    await button.click();
    await expect(button).toHaveAttribute('aria-pressed', 'true');
  }

  /** Creates a user of a connection; the same address may have users of other connections. */
  async createUser(connection: string, email: string, name: string): Promise<void> {
    const card = (await this.dashboard()).getByRole('article', { name: connection, exact: true });
    await card.getByLabel('Email address', { exact: true }).fill(email);
    await card.getByLabel('Name', { exact: true }).fill(name);
    await card.getByTestId(`create-user-${connection}`).click();
    await expect(card.getByRole('listitem').filter({ hasText: email })).toBeVisible();
  }

  /** Makes an invitation, and copies its link. */
  async invite(organization: string, email: string): Promise<string> {
    const card = (await this.dashboard()).getByRole('article', { name: organization, exact: true });
    await card.getByLabel('Email address', { exact: true }).fill(email);
    await card.getByTestId(`invite-${organization}`).click();
    return card.getByRole('listitem').filter({ hasText: email }).getByRole('link').innerText();
  }

  /** Has the next sign-in fail in one of the ways that the dashboard offers. */
  async breakNextSignIn(fault: string): Promise<void> {
    const dashboard = await this.dashboard();
    await dashboard.getByTestId(`fault-${fault}`).click();
    await expect(dashboard.getByTestId('call-off-fault')).toBeVisible();
  }

  /** The same as a script does it. */
  async arm(fault: string): Promise<void> {
    const body = JSON.stringify({ name: fault });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.url}/api/faults`, { method: 'POST', headers, body });
    expect(response.ok, await response.text()).toBe(true);
  }

  /** Creates users of a connection as a script does it: `user1@org1.example`, `user2@org1.example` and so on. */
  async createUsers(connection: string, count: number): Promise<void> {
    for (let number = 1; number <= count; number++) {
      const user = { connection, email: `user${number}@org1.example`, name: `User ${number} of ${connection}` };
      await this.management('users', 'POST', user);
    }
  }

  /** Gives org1 and alice other names, as a script does it. */
  async rename(names: { organization: string; user: string }): Promise<void> {
    const { id } = await this.management('organizations/name/org1');
    await this.management(`organizations/${id}`, 'PATCH', { display_name: names.organization });
    const [{ user_id }] = await this.management(`users-by-email?email=${alice.user}`);
    await this.management(`users/${encodeURIComponent(user_id)}`, 'PATCH', { name: names.user });
  }

  /** Begins a session at the tenant for the browser, as a script does it: there is nobody to choose any more. */
  async signInByScript(page: Page, email: string): Promise<void> {
    const users = await this.management(`users-by-email?email=${email}`);
    const response = await page.request.post(`${this.url}/api/sessions`, { data: { user_id: users[0].user_id } });
    expect(response.status()).toBe(201);
  }

  /** What the management API returns, if anything. */
  async management(path: string, method = 'GET', body?: object) {
    this.token ??= await managementToken(this.url);
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const request = { method, headers, body: body && JSON.stringify(body) };
    const response = await fetch(`${this.url}/api/v2/${path}`, request);
    const json = response.status === 204 ? undefined : await response.json();
    expect(response.ok, `${method} ${path}: ${JSON.stringify(json)}`).toBe(true);
    return json;
  }

  /** Presses a button that its opposite then takes the place of. */
  private async turn(button: string, opposite: string): Promise<void> {
    const dashboard = await this.dashboard();
    await dashboard.getByTestId(button).click();
    await expect(dashboard.getByTestId(opposite)).toBeVisible();
    await expect(dashboard.getByTestId(button)).toHaveCount(0);
  }
}

/** An access token for the tenant's management API. */
export async function managementToken(tenantUrl: string): Promise<string> {
  const order = { grant_type: 'client_credentials', client_id: 'orglab-management', client_secret: 'demo' };
  const body = new URLSearchParams({ ...order, audience: `${tenantUrl}/api/v2/` });
  return (await (await fetch(`${tenantUrl}/oauth/token`, { method: 'POST', body })).json()).access_token;
}

/** Makes a page believe that its tab is in the background, or in the foreground again. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** The lines of the log on a dashboard that is open, latest first. */
export function log(dashboard: Page): Locator {
  return dashboard.getByTestId('log').getByRole('listitem');
}

/** The dashboard that is open ticks these steps of its guide, and no others. */
export async function expectStepsDone(dashboard: Page, ...done: string[]): Promise<void> {
  for (const step of steps) {
    await expect(dashboard.getByTestId(`step-${step}`), `step ${step}`).toHaveAttribute('data-done', `${done.includes(step)}`);
  }
  await expect(dashboard.getByRole('progressbar', { name: 'The lab' })).toHaveJSProperty('value', done.length);
}

/** The dashboard says that the fault was in alice's sign-in, and what the app did then, in this order. */
export async function expectReport(dashboard: Page, fault: string, ...seen: (string | RegExp)[]): Promise<void> {
  const title = await dashboard.getByTestId(`fault-${fault}`).locator('strong').innerText();
  const report = dashboard.getByTestId('last-fault');
  await expect(report.getByRole('heading')).toHaveText(`Last fault: ${title}`);
  await expect(report).toContainText(alice.user);
  // The keys may be at hand already.
  await expect(report.getByRole('listitem').filter({ hasNotText: 'fetched the keys' })).toContainText(seen);
  await expect(dashboard.getByTestId('call-off-fault')).toHaveCount(0);
  await expect(log(dashboard).filter({ hasText: `Fault ${fault} applied to the sign-in of "${alice.user}"` })).toHaveCount(1);
}
