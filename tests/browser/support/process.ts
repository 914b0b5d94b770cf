import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The binary under test: `scripts/test` builds it and says where it is. */
export const binary = resolve(
  process.env.ORGLAB_BINARY ?? join(import.meta.dirname, '../../../target/debug/orglab'),
);

/** A program that runs for a test. */
export interface Program {
  /** What it has written so far. */
  log(): string;
  /** Ends it as an operator does, with SIGTERM; fails if it has ended before, or takes more than the promised 10 s. */
  stop(): Promise<void>;
  /** Ends it at once, as a machine that fails does. */
  kill(): Promise<void>;
}

/** A running Orglab: the app and, unless `OIDC_ISSUER_URL` is set, its demo tenant. */
export interface Orglab {
  appUrl: string;
  tenantUrl: string;
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts the real binary on free ports of this machine and waits until app and tenant respond.
 *
 * It runs in an empty folder and with no other settings than these: neither a `.env` nor the developer's environment
 * can change what is tested.
 */
export async function startOrglab(settings: Record<string, string> = {}, ports?: [number, number]): Promise<Orglab> {
  const [appPort, tenantPort] = ports ?? [await freePort(), await freePort()];
  const [appUrl, tenantUrl] = [`http://localhost:${appPort}`, `http://localhost:${tenantPort}`];
  const all = { APP_BASE_URL: appUrl, DEMO_TENANT_LISTEN: `127.0.0.1:${tenantPort}`, ...settings };
  const probes = [`${appUrl}/healthz`];
  if (!settings.OIDC_ISSUER_URL) probes.push(`${tenantUrl}/.well-known/openid-configuration`);
  return { appUrl, tenantUrl, ...(await startProgram(binary, [], all, () => allRespond(probes))) };
}

/** Starts a program in an empty folder, with no other settings than these, and waits until it is ready. */
export async function startProgram(
  command: string,
  parameters: string[],
  settings: Record<string, string>,
  isReady: () => Promise<boolean>,
): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'orglab-'));
  const child = spawn(command, parameters, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  }
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  const ended = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  let isKilled = false;

  const program: Program = {
    log: () => log,
    async stop() {
      await rm(folder, { recursive: true, force: true });
      if (isKilled) return;
      if (ended()) {
        const how = failure ?? child.signalCode ?? `exit status ${child.exitCode}`;
        throw new Error(`${basename(command)} ended before the test did: ${how}`);
      }
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      const tooLong = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exit;
      clearTimeout(tooLong);
      if (child.signalCode === 'SIGKILL') throw new Error(`${basename(command)} did not end within 10 s of SIGTERM`);
    },
    async kill() {
      isKilled = true;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };

  const deadline = Date.now() + 15_000;
  while (!(await isReady())) {
    if (ended() || Date.now() > deadline) {
      const why = await program.stop().then(() => 'not ready within 15 s', String);
      throw new Error(`${basename(command)} did not start. ${why}\n${log}`);
    }
    await sleep(20);
  }
  return program;
}

/** Whether all of them respond, and well. */
export async function allRespond(urls: string[]): Promise<boolean> {
  const responses = urls.map((url) => fetch(url).then((response) => response.ok, () => false));
  return (await Promise.all(responses)).every(Boolean);
}

/**
 * Each worker of Playwright has a range of its own, below the one from which the system picks ports for outgoing
 * connections, so that nobody takes a port between this look and the start of the binary.
 */
let nextPort = 12_000 + 2_000 * (Number(process.env.TEST_PARALLEL_INDEX ?? 0) % 10) + Math.floor(Math.random() * 1_000);

export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port;
  }
}

/** The default ports of the app and the demo tenant or, if one of them is in use, any two that are free. */
export async function usualPorts(): Promise<[number, number]> {
  const usual: [number, number] = [3000, 3001];
  const areFree = await Promise.all(usual.flatMap((port) => [isFree(port, '127.0.0.1'), isFree(port, '::1')]));
  return areFree.every(Boolean) ? usual : [await freePort(), await freePort()];
}

/** Whether nobody listens there; a machine without the address counts as free. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(true)));
  });
}
