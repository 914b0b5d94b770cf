import { type BrowserContext, type Page, test as base, expect } from '@playwright/test';
import { type Orglab, startOrglab } from './process.ts';
import { Tenant } from './tenant.ts';
import { watch } from './watch.ts';

export { expect } from '@playwright/test';
export * from './verbs.ts';

interface Fixtures {
  /** More settings for the binary, by `test.use`. */
  settings: Record<string, string>;
  /** The binary, started for this test alone. */
  orglab: Orglab;
  app: { url: string };
  tenant: Tenant;
  /** One more person with a browser of their own; `page` is the first. */
  newPerson: () => Promise<Page>;
  /** Has a browser context watched; the test fails when a page of it does what no page may do. */
  keepWatch: (context: BrowserContext) => void;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],

  orglab: async ({ settings }, use, testInfo) => {
    const orglab = await startOrglab(settings);
    await use(orglab);
    const failure = await orglab.stop().catch((error: Error) => error);
    if (failure || testInfo.errors.length > 0) {
      await testInfo.attach('orglab.log', { body: orglab.log(), contentType: 'text/plain' });
      console.log(`Orglab's log ends so:\n${orglab.log().split('\n').slice(-12).join('\n')}`);
    }
    if (failure) throw failure;
  },

  // Every browser context takes this, so that the binary runs before the first and until after the last.
  baseURL: async ({ orglab }, use) => use(orglab.appUrl),

  app: async ({ orglab }, use) => use({ url: orglab.appUrl }),

  tenant: async ({ orglab, newPerson }, use) => use(new Tenant(orglab.tenantUrl, newPerson)),

  keepWatch: async ({ orglab }, use) => {
    const problems: string[] = [];
    await use((context) => watch(context, [orglab.appUrl, orglab.tenantUrl], problems));
    expect([...new Set(problems)], 'what pages did that no page may do').toEqual([]);
  },

  context: async ({ context, keepWatch }, use) => {
    keepWatch(context);
    await use(context);
  },

  newPerson: async ({ browser, keepWatch, baseURL }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ baseURL });
      contexts.push(context);
      keepWatch(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});
