import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { binary } from '../support/process.ts';
import { expect, test } from './fixtures.ts';
import { client } from './provider.ts';

interface Report {
  ok: boolean;
  checks: { name: string; status: 'ok' | 'wrong' | 'unknown'; found: string; change: string | null }[];
}

/** `orglab check --json` with these settings. */
async function check(settings: Record<string, string>): Promise<{ status: number; report: Report }> {
  return new Promise((done) => {
    execFile(binary, ['check', '--json'], { env: settings, cwd: tmpdir() }, (error, stdout) => {
      done({ status: error ? Number(error.code) : 0, report: JSON.parse(stdout) });
    });
  });
}

const named = ({ checks }: Report, status: string) => checks.filter((line) => line.status === status).map(({ name }) => name);

/** Settings that are wrong, and the checks that must find it. */
type Mistake = [Record<string, string>, string[]];

// It knows no organizations, and asks before it logs out: that can't be told.
const untold = ['organizations', 'organization-names', 'logout-url'];

for (const authentication of ['none', 'client_secret_basic', 'client_secret_post'] as const) {
  test.describe(() => {
    test.use({ registration: { authentication } });
    test(`orglab check finds at oidc-provider, with ${authentication}, what is wrong and nothing else`, async ({ orglab, provider }) => {
      const right = {
        OIDC_ISSUER_URL: provider.issuer,
        OIDC_CLIENT_ID: client.id,
        APP_BASE_URL: orglab.appUrl,
        ...(authentication === 'none' ? {} : { OIDC_CLIENT_SECRET: client.secret }),
      };
      const { status, report } = await check(right);
      expect([status, report.ok, named(report, 'wrong')], JSON.stringify(report, null, 1)).toEqual([0, true, []]);
      expect(named(report, 'unknown')).toEqual(untold);

      const wrongSecret: Mistake = [{ OIDC_CLIENT_SECRET: 'wrong' }, ['client-secret']];
      const otherMistakes: Mistake[] = [
        [{ OIDC_CLIENT_ID: 'another' }, ['client-id']],
        [{ APP_BASE_URL: 'http://localhost:1' }, ['callback-url', 'logout-url']],
        [{ APP_CALLBACK_PATH: '/callback' }, ['callback-url']],
        [{ OIDC_ISSUER_URL: `${provider.issuer}/tenant` }, ['discovery']],
        [{ OIDC_ISSUER_URL: provider.issuer.replace('127.0.0.1', 'localhost') }, ['issuer']],
      ];
      for (const [mistake, wrong] of authentication === 'none' ? otherMistakes : [wrongSecret]) {
        const { status, report } = await check({ ...right, ...mistake });
        expect([status, named(report, 'wrong')], JSON.stringify([mistake, report], null, 1)).toEqual([1, wrong]);
      }
    });
  });
}
