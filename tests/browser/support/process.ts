import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The binary under test: `scripts/test` builds it and says where it is. */
const binary = resolve(
  process.env.ORGLAB_BINARY ?? join(import.meta.dirname, '../../../target/debug/orglab'),
);

/** A running Orglab: the app and its demo tenant. */
export interface Orglab {
  appUrl: string;
  tenantUrl: string;
  /** What it has written so far. */
  log(): string;
  /** Ends it as an operator does, with SIGTERM; fails if it has ended before, or takes more than the promised 10 s. */
  stop(): Promise<void>;
}

/**
 * Starts the real binary on free ports of this machine and waits until app and tenant answer.
 *
 * It runs in an empty folder and with no other settings than these: neither a `.env` nor the developer's environment
 * can change what is tested.
 */
export async function startOrglab(settings: Record<string, string> = {}): Promise<Orglab> {
  const [appPort, tenantPort] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'orglab-'));
  const child = spawn(binary, [], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      APP_BASE_URL: `http://localhost:${appPort}`,
      DEMO_TENANT_LISTEN: `127.0.0.1:${tenantPort}`,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  }
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  const ended = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;

  const orglab: Orglab = {
    appUrl: `http://localhost:${appPort}`,
    tenantUrl: `http://localhost:${tenantPort}`,
    log: () => log,
    async stop() {
      await rm(folder, { recursive: true, force: true });
      if (ended()) {
        throw new Error(`Orglab ended before the test did: ${failure ?? child.signalCode ?? `exit status ${child.exitCode}`}`);
      }
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      const tooLong = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exit;
      clearTimeout(tooLong);
      if (child.signalCode === 'SIGKILL') throw new Error('Orglab did not end within 10 s of SIGTERM');
    },
  };

  const probes = [`${orglab.appUrl}/healthz`, `${orglab.tenantUrl}/.well-known/openid-configuration`];
  const deadline = Date.now() + 15_000;
  while (!(await allAnswer(probes))) {
    if (ended() || Date.now() > deadline) {
      const why = await orglab.stop().then(() => 'not ready within 15 s', String);
      throw new Error(`Orglab did not start. ${why}\n${log}`);
    }
    await sleep(20);
  }
  return orglab;
}

async function allAnswer(urls: string[]): Promise<boolean> {
  const answers = urls.map((url) => fetch(url).then((answer) => answer.ok, () => false));
  return (await Promise.all(answers)).every(Boolean);
}

/**
 * Each worker of Playwright has a range of its own, below the one from which the system picks ports for outgoing
 * connections, so that nobody takes a port between this look and the start of the binary.
 */
let nextPort = 12_000 + 2_000 * (Number(process.env.TEST_PARALLEL_INDEX ?? 0) % 10) + Math.floor(Math.random() * 1_000);

async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port;
  }
}

/** Whether nobody listens there; a machine without the address counts as free. */
function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => answer(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => answer(true)));
  });
}
