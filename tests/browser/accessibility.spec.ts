import { expectToBeAccessible } from './support/accessible.ts';
import { test } from './support/orglab.ts';
import { pages } from './support/pages.ts';

// Several looks at a page, each with all of axe's rules.
test.describe.configure({ timeout: 120_000 });

for (const { name, settings = {}, open } of pages) {
  test.describe(`the page "${name}"`, () => {
    test.use({ settings });

    test('is accessible, light and dark, narrow and wide', async ({ page, tenant }) => {
      await open(page, tenant);
      await expectToBeAccessible(page);
    });
  });
}
