import { type APIRequestContext, type APIResponse, expect, request } from '@playwright/test';
import type { Orglab } from '../support/process.ts';

/** Somebody with a browser that has cookies and forms, and no screen. */
export class Visitor {
  private constructor(
    readonly http: APIRequestContext,
    private readonly appUrl: string,
  ) {}

  static async at(appUrl: string): Promise<Visitor> {
    return new Visitor(await request.newContext({ baseURL: appUrl }), appUrl);
  }

  /** Asks to sign in, and is sent to the provider: the page there. */
  async login(parameters: Record<string, string> = {}): Promise<APIResponse> {
    return this.http.get('/login', { params: parameters });
  }

  /** Signs in at `oidc-provider` and consents, as far as it asks for it: the page where that ends. */
  async signIn(parameters: Record<string, string> = {}): Promise<APIResponse> {
    return this.submit(await this.submit(await this.login(parameters), { login: 'alice', password: 'any' }));
  }

  /** Sends the page's form, with its hidden fields and these: the page that this leads to. */
  async submit(page: APIResponse, fields: Record<string, string> = {}): Promise<APIResponse> {
    const { action, hidden } = await formOf(page);
    return this.http.post(new URL(action, page.url()).href, { form: { ...hidden, ...fields } });
  }

  /** Opens an address, a path of the app's or any other, and goes no further: where it redirects to. */
  async redirectOf(address: string | URL): Promise<URL> {
    const url = new URL(address, this.appUrl).href;
    const response = await this.http.get(url, { maxRedirects: 0 });
    expect(response.headers(), `${response.status()} ${await response.text()}`).toHaveProperty('location');
    return new URL(response.headers()['location'], url);
  }

  /** The claims of whoever is signed in at the app; `undefined` if nobody is. */
  async claims(): Promise<Record<string, unknown> | undefined> {
    const response = await this.http.get('/profile', { headers: { accept: 'application/json' } });
    return response.status() === 401 ? undefined : response.json();
  }

  async leave(): Promise<void> {
    await this.http.dispose();
  }
}

/** The fixture: a visitor for one test. */
export async function visitor({ orglab }: { orglab: Orglab }, use: (visitor: Visitor) => Promise<void>): Promise<void> {
  const visitor = await Visitor.at(orglab.appUrl);
  await use(visitor);
  await visitor.leave();
}

async function formOf(page: APIResponse): Promise<{ action: string; hidden: Record<string, string> }> {
  const html = await page.text();
  const form = /<form[^>]*\baction="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(html);
  if (!form) throw new Error(`No form on ${page.url()}, status ${page.status()}:\n${html}`);
  const hidden: Record<string, string> = {};
  for (const [input] of form[2].matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1] ?? '';
    hidden[attribute('name')] = attribute('value');
  }
  return { action: form[1].replaceAll('&amp;', '&'), hidden };
}

/** The text of the element with this test id. */
export async function textOf(page: APIResponse, testId: string): Promise<string> {
  const found = new RegExp(`data-testid="${testId}"[^>]*>([^<]*)<`).exec(await page.text());
  if (!found) throw new Error(`No ${testId} on ${page.url()}, status ${page.status()}:\n${await page.text()}`);
  return found[1].trim();
}
