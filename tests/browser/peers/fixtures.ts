import { test as base, expect } from '@playwright/test';
import { type Orglab, startOrglab } from '../support/process.ts';
import { CertifiedProvider, type Registration, client } from './provider.ts';
import { type Visitor, visitor } from './visitor.ts';

export { expect } from '@playwright/test';

interface Fixtures {
  /** How the client is registered, by `test.use`. */
  registration: Registration;
  /** More settings for the binary, by `test.use`. */
  settings: Record<string, string>;
  provider: CertifiedProvider;
  orglab: Orglab;
  visitor: Visitor;
}

export const test = base.extend<Fixtures>({
  registration: [{}, { option: true }],
  settings: [{}, { option: true }],

  provider: async ({}, use) => {
    const provider = await CertifiedProvider.bind();
    await use(provider);
    await provider.stop();
  },

  orglab: async ({ provider, registration, settings }, use, testInfo) => {
    const orglab = await startOrglab({
      OIDC_ISSUER_URL: provider.issuer,
      OIDC_CLIENT_ID: client.id,
      ...(registration.authentication ? { OIDC_CLIENT_SECRET: client.secret } : {}),
      ...settings,
    });
    provider.serve(orglab.appUrl, registration);
    await use(orglab);
    await orglab.stop();
    if (testInfo.errors.length > 0) console.log(`Orglab's log:\n${orglab.log()}`);
    expect(orglab.log(), 'no secret in the log').not.toContain(client.secret);
  },

  baseURL: async ({ orglab }, use) => use(orglab.appUrl),

  visitor,
});
