import { chromium } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
const base = 'http://localhost:4500', tenant = 'http://localhost:4501', out = process.argv[2];
const only = process.argv.slice(3);
const looks = (process.env.LOOKS ?? 'light1280,dark1280,light320').split(',').map((l) => [l.replace(/\d+/, ''), Number(l.replace(/\D+/, ''))]);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless','--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync'] });
async function shot(page, name) {
  if (only.length && !only.some((o) => name.startsWith(o))) return;
  for (const [scheme, width] of looks) {
    await page.emulateMedia({ media: scheme === 'print' ? 'print' : 'screen', colorScheme: scheme === 'dark' ? 'dark' : 'light', forcedColors: scheme === 'forced' ? 'active' : 'none', reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: width > 3000 ? 2160 : 720 });
    await page.screenshot({ path: `${out}/${name}.${scheme}.${width}.png`, fullPage: width < 3000 });
    const [h, sw, cw] = await page.evaluate(() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (sw > cw) console.log('OVERFLOW', name, scheme, width, sw);
    if (process.env.HEIGHTS) console.log(name, scheme, width, h);
    if (process.env.AXE && scheme !== 'forced' && scheme !== 'print') {
      const { violations } = await new AxeBuilder({ page }).options({ runOnly: { type: 'rule', values: ['color-contrast-enhanced', 'heading-order', 'label-content-name-mismatch', 'target-size'] }, rules: { 'color-contrast-enhanced': { enabled: true }, 'label-content-name-mismatch': { enabled: true }, 'target-size': { enabled: true } } }).analyze();
      for (const v of violations) for (const n of v.nodes) console.log(name, scheme, v.id, n.target.join(' '), JSON.stringify(n.any[0]?.data ?? {}).slice(0, 200));
    }
  }
  await page.emulateMedia({ media: 'screen', colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' }); await page.setViewportSize({ width: 1280, height: 720 });
}
const person = async () => { const p = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage(); p.setDefaultTimeout(8000); return p; };
const reset = (c) => fetch(`${tenant}/api/checkpoints/${c}`, { method: 'POST' });
const ctx = async (n, f) => { try { await f(); } catch (e) { console.log('FAILED', n, String(e).slice(0, 300)); } };
const dash = await person();
const click = async (id) => { await dash.goto(tenant); await dash.getByTestId(id).click(); await dash.waitForLoadState(); };
const login = async (p, org, user, path = '/login') => { await p.goto(`${base}${path}?organization=${org}`); await p.getByTestId(`user-${user}`).click(); await p.locator('[data-testid=claims],[data-testid=error-title]').first().waitFor(); };
const set = async (org, license) => { await dash.goto(tenant); await dash.getByRole('article', { name: org, exact: true }).getByLabel('License', { exact: true }).fill(license); await dash.getByTestId(`save-organization-${org}`).click(); await dash.waitForLoadState(); };

if (process.env.SET === 'B') {
  await ctx('many', async () => {
    const p = await person();
    await p.goto(`${base}/login?organization=many`); await shot(p, 'B-users-many');
    await p.getByTestId('user-user2@many.example').click(); await p.getByTestId('claims').waitFor();
    await p.goto(base + '/'); await shot(p, 'B-start-premium');
    await p.goto(base + '/features'); await shot(p, 'B-features-premium');
    await p.goto(base + '/features/activity'); await shot(p, 'B-refused-license');
  });
  await ctx('nolicense', async () => {
    const p = await person(); await login(p, 'nolicense', 'user2@many.example'); await shot(p, 'B-profile-nolicense');
    await p.goto(base + '/'); await shot(p, 'B-start-nolicense');
    await p.goto(base + '/features'); await shot(p, 'B-features-nolicense');
  });
  await ctx('gold', async () => {
    const p = await person(); await p.goto(`${base}/login?organization=gold`); await shot(p, 'B-connections-long'); await p.getByTestId('connection-Big').click();
    await p.getByTestId('user-user2@many.example').click(); await p.getByTestId('claims').waitFor(); await shot(p, 'B-profile-gold');
  });
  await ctx('long', async () => {
    const ORG = 'a-business-of-fifty-characters-as-long-as-they-get';
    const p = await person(); await p.goto(`${base}`); await p.getByTestId('organization').fill(ORG); await shot(p, 'B-prompt');
    await p.getByTestId('continue').click(); await p.locator('[data-testid^="user-wolfe"]').waitFor(); await shot(p, 'B-users-long');
    await p.locator('[data-testid^="user-wolfe"]').click(); await p.getByTestId('claims').waitFor(); await shot(p, 'B-profile-long');
    await p.goto(base + '/features/board'); await p.getByTestId('note').fill('A-word-that-is-as-long-as-a-line-'.repeat(8)); await p.getByTestId('post-note').click(); await p.waitForLoadState();
    const q = await person(); await q.goto(`${base}/login?organization=${ORG}`); await q.getByTestId('user-rtl@x.example').click(); await q.getByTestId('claims').waitFor(); await shot(q, 'B-profile-rtl');
    await q.goto(base + '/features/board'); await q.getByTestId('note').fill('مرحبا بالعالم 👋'); await q.getByTestId('post-note').click(); await q.waitForLoadState(); await shot(q, 'B-board-long');
    await q.goto(base + '/features/people'); await shot(q, 'B-people-long');
    await q.goto(base + '/'); await shot(q, 'B-start-long');
    await q.goto(base + '/trace'); await shot(q, 'B-trace-long');
  });
  await browser.close(); process.exit();
}
await reset('second-organization');
const page = await person();
await ctx('main', async () => {
  await page.goto(base); await shot(page, '01-prompt');
  await page.getByTestId('organization').fill('org1'); await page.getByTestId('continue').click(); await page.getByTestId('user-alice@org1.example').waitFor(); await shot(page, '02-users');
  await page.getByTestId('user-alice@org1.example').click(); await page.getByTestId('claims').waitFor(); await shot(page, '03-profile-flash');
  await page.goto(base + '/trace'); await shot(page, '04-trace'); await page.goto(base + '/trace#step-5'); await shot(page, '04-trace-chosen');
  await page.goto(base + '/features'); await shot(page, '05-features');
  await page.goto(base + '/'); await shot(page, '06-start-people');
  await page.goto(base + '/features/board'); await shot(page, '07-board-empty');
  for (const t of ['Welcome to org1! Bob of org2 will join us for the launch.', 'Line one\nLine two\n\nLine four', 'A longer note. '.repeat(30)]) { await page.getByTestId('note').fill(t); await page.getByTestId('post-note').click(); await page.waitForLoadState(); }
  await shot(page, '07-board');
  await page.getByTestId('note').fill('x'.repeat(4000)); await page.getByTestId('post-note').click(); await page.waitForLoadState(); await shot(page, '07-board-mistake');
  await page.goto(base + '/'); await shot(page, '06-start-notes');
  await page.goto(base + '/features/people'); await shot(page, '08-people-one');
  await page.goto(base + '/features/activity'); await shot(page, '09-activity-empty');
  await page.goto(base + '/nowhere'); await shot(page, '10-404');
  await page.goto(base + '/logout'); await shot(page, '11-logout');
  await page.goto(base + '/features'); await page.getByTestId('user-menu').click(); if (!only.length || only[0].startsWith('12')) for (const w of [320, 800, 1280]) { await page.setViewportSize({ width: w, height: 720 }); await page.screenshot({ path: `${out}/12-menu.light.${w}.png` }); }
});
await ctx('405', async () => { const p = await person(); await p.goto(base); await p.evaluate(() => { const f = document.createElement('form'); f.method = 'post'; f.action = '/profile'; document.body.append(f); f.submit(); }); await p.getByTestId('error-title').waitFor(); await shot(p, '10-405'); });
await ctx('login-question', async () => { await page.goto(tenant + '/'); await page.evaluate((b) => { location.href = b + '/login?organization=org2'; }, base); await page.waitForTimeout(1500); await shot(page, '13-login-question'); });
await ctx('refused', async () => {
  await click('enable-org1-Okta2');
  const p = await person(); await p.goto(base + '/login?organization=org1'); await p.getByTestId('connection-Okta2').waitFor(); await shot(p, '14-connections');
  await p.getByTestId('connection-Okta2').click(); await p.getByTestId('user-bob@org2.example').click(); await p.getByTestId('error-title').waitFor(); await shot(p, '15-403');
  await p.getByTestId('try-again').click(); await p.getByTestId('error-title').waitFor(); await shot(p, '15-403-again');
});
await ctx('faults', async () => {
  for (const f of ['wrong-nonce', 'server-error', 'token-endpoint-down', 'consent-refused', 'other-organization']) {
    await click('fault-' + f); const p = await person(); await login(p, 'org2', 'bob@org2.example'); await shot(p, '16-' + f);
  }
  const p = await person(); await p.goto(base + '/?error=access_denied&state=made-up'); await shot(p, '16-not-here');
});
await ctx('unknown', async () => { const p = await person(); await p.goto(base + '/login?organization=org9'); await p.getByTestId('error-title').waitFor(); await shot(p, '16-unknown'); });
await ctx('license', async () => {
  const p = await person(); await login(p, 'org2', 'bob@org2.example'); await p.goto(base + '/features/people'); await shot(p, '17-license-refused');
  await p.goto(base + '/features'); await shot(p, '05-features-premium');
});
await ctx('members', async () => {
  await click('add-member-org1-bob@org2.example');
  const p = await person(); await p.goto(base + '/login?organization=org1'); await p.getByTestId('connection-Okta2').click(); await p.getByTestId('user-bob@org2.example').click(); await p.getByTestId('claims').waitFor();
  await p.goto(base + '/features/board'); await p.getByTestId('note').fill('Thanks for having me'); await p.getByTestId('post-note').click(); await p.waitForLoadState(); await shot(p, '07-board-flash');
  for (let i = 0; i < 57; i++) { await p.request.post(base + '/features/board', { form: { org_id: await p.locator('[name=org_id]').inputValue(), note: `Note ${i}` }, headers: { origin: base, 'sec-fetch-site': 'same-origin' } }).catch(() => {}); }
  await p.goto(base + '/features/board'); await shot(p, '07-board-60');
  await p.goto(base + '/features/people'); await shot(p, '08-people-two');
  await p.goto(base + '/features/activity'); await shot(p, '09-activity');
  // misplaced
  const q = await p.context().newPage(); await p.goto(base + '/features/board'); await p.getByTestId('note').fill('Meant for org1');
  await q.goto(base + '/login?organization=org2'); await q.locator('[data-testid="user-bob@org2.example"],[data-testid=claims]').first().waitFor(); if (await q.getByTestId('user-bob@org2.example').count()) await q.getByTestId('user-bob@org2.example').click(); await q.getByTestId('claims').waitFor();
  await p.getByTestId('post-note').click(); await p.waitForLoadState(); await shot(p, '18-misplaced');
});
await ctx('nolicense', async () => {
  await click('fault-no-license'); const p = await person(); await login(p, 'org2', 'bob@org2.example'); await shot(p, '19-profile-nolicense'); await p.goto(base + '/'); await shot(p, '19-start-nolicense');
  await click('fault-unknown-license'); const q = await person(); await login(q, 'org2', 'bob@org2.example'); await shot(q, '19-profile-unknown');
});
await ctx('loggedout', async () => { const p = await person(); await login(p, 'org2', 'bob@org2.example'); await p.goto(base + '/logout'); await p.getByTestId('logout').last().click(); await p.waitForURL(base + '/'); await shot(p, '20-prompt-flash'); await p.goto(base + '/features/board'); await shot(p, '20-prompt-return');
  await p.goto(base + '/logout'); await shot(p, '20-logout-out'); });
await ctx('tenant-pages', async () => {
  const p = await person(); await p.goto(tenant + '/nowhere'); await shot(p, '21-t404');
  await p.goto(tenant + '/authorize?client_id=zz'); await shot(p, '21-tbad');
  await p.goto(tenant + '/invitation?ticket=made-up'); await shot(p, '21-tinvite-bad');
  await p.goto(base + '/login'); await p.waitForLoadState(); await shot(p, '22-organization');
  if (await p.getByTestId('organization').count()) { await p.getByTestId('organization').fill('nowhere'); await p.getByTestId('continue').click(); await p.waitForLoadState(); await shot(p, '22-organization-unknown'); }
  const q = await person(); await login(q, 'org2', 'bob@org2.example'); await q.setContent(`<a id=a href="${tenant}/v2/logout">x</a>`); await q.goto('data:text/html,' + encodeURIComponent(`<a id=a href="${tenant}/oidc/logout">x</a>`)); await q.click('#a'); await q.waitForLoadState(); await shot(q, '21-tlogout');
  await dash.goto(tenant); await dash.getByTestId('delete-organization-org1').click(); await dash.waitForLoadState(); await shot(dash, '21-confirm');
});
await ctx('no-org', async () => { await reset('login'); await click('usage-both').catch(() => {}); const p = await person(); await p.goto(base + '/login'); await p.waitForTimeout(500); await shot(p, '23-noorg-at'); const u = p.getByTestId('user-carol@example.com'); if (await u.count()) { await u.click(); await p.getByTestId('claims').waitFor(); await shot(p, '23-profile-noorg'); await p.goto(base + '/'); await shot(p, '23-start-noorg'); } });
await ctx('invited', async () => { await reset('invited'); const p = await person(); await dash.goto(tenant); const href = await dash.locator('.invitation-link a, a.invitation-link').first().getAttribute('href').catch(() => null) ?? await dash.evaluate(() => [...document.querySelectorAll('input,code,a')].map((e) => e.href || e.value || e.textContent).find((t) => /invitation/.test(t ?? ''))); console.log('invite', href); await p.goto(href); await shot(p, '24-invite');
  await p.getByTestId('accept').click(); await p.waitForLoadState(); await shot(p, '24-invite-login');
  const q = await person(); await q.goto(base + '/login'); await q.waitForTimeout(300); });
await browser.close();
