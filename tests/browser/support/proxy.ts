import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Orglab, type Program, allRespond, binary, freePort, startProgram } from './process.ts';

/** Two instances of the app behind nginx, with their data in Redis. */
export interface Proxied extends Orglab {
  /** The one that brings the demo tenant, and the other. */
  instances: [Program, Program];
  /** Where they listen, should a test want to know who responds to what. */
  addresses: [string, string];
}

/**
 * Starts Redis, two instances of the app that share it, and nginx before them: TLS outside, each request to the next
 * instance in turn. The nginx file is deploy/nginx.conf; ports, names and the certificate's place are all that
 * differs.
 */
export async function startBehindProxy(settings: Record<string, string> = {}): Promise<Proxied> {
  const [proxy, redis, one, other, tenant] = await Promise.all(Array.from({ length: 5 }, freePort));
  const [appUrl, tenantUrl] = [`https://localhost:${proxy}`, `http://localhost:${tenant}`];
  const addresses: [string, string] = [`127.0.0.1:${one}`, `127.0.0.1:${other}`];
  const folder = await mkdtemp(join(tmpdir(), 'orglab-proxy-'));
  await makeCertificate(folder);
  const shared = {
    APP_BASE_URL: appUrl,
    REDIS_URL: `redis://127.0.0.1:${redis}`,
    SESSION_SECRET: randomBytes(64).toString('hex'),
    SSL_CERT_FILE: join(folder, 'authority.pem'), // the tenant's logout tokens come through the proxy too
    ...settings,
  };
  const instance = (address: string, own: Record<string, string>) =>
    startProgram(binary, [], { ...shared, APP_LISTEN: address, ...own }, () => allRespond([`http://${address}/healthz`]));

  const programs: Program[] = [];
  const start = async (program: Promise<Program>) => {
    programs.unshift(await program);
    return programs[0];
  };
  const stop = async () => {
    for (const program of programs) await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start(startRedis(redis));
    const first = await start(instance(addresses[0], { DEMO_TENANT_LISTEN: `127.0.0.1:${tenant}` }));
    const second = await start(instance(addresses[1], { OIDC_ISSUER_URL: tenantUrl, OIDC_CLIENT_ID: 'orglab' }));
    await start(startNginx(folder, proxy, addresses));
    const log = () => programs.map((program) => program.log()).join('\n');
    return { appUrl, tenantUrl, addresses, instances: [first, second], log, stop };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

function startRedis(port: number): Promise<Program> {
  const parameters = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  return startProgram('redis-server', parameters, {}, () => takesConnections(port));
}

async function startNginx(folder: string, port: number, addresses: string[]): Promise<Program> {
  const site = await readFile(join(import.meta.dirname, '../../../deploy/nginx.conf'), 'utf8');
  let server = 0;
  const here = site
    .replaceAll(/^( +server ).*;$/gm, (_, begin) => `${begin}${addresses[server++]};`)
    .replace(/listen .*;/, `listen 127.0.0.1:${port} ssl;`)
    .replace(/server_name .*;/, 'server_name localhost;')
    .replace(/ssl_certificate .*;/, 'ssl_certificate certificate.pem;')
    .replace(/ssl_certificate_key .*;/, 'ssl_certificate_key key.pem;');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${of};`);
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  await writeFile(
    join(folder, 'nginx.conf'),
    `${user} daemon off; worker_processes 1; pid nginx.pid; error_log stderr;
    events {}
    http { access_log off; ${temporary.join(' ')}
    ${here} }`,
  );
  const parameters = ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf'];
  return startProgram('nginx', parameters, {}, () => takesConnections(port));
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(() => done(true)));
    socket.once('error', () => done(false));
  });
}

/** A certificate for `localhost`, from an authority of its own. */
async function makeCertificate(folder: string): Promise<void> {
  const openssl = (parameters: string) => promisify(execFile)('openssl', parameters.split(' '), { cwd: folder });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  await writeFile(join(folder, 'names'), 'subjectAltName=DNS:localhost');
  await openssl(`req -x509 ${key} -days 2 -subj /CN=authority -keyout authority.key -out authority.pem`);
  await openssl(`req ${key} -subj /CN=localhost -keyout key.pem -out request`);
  const signed = '-CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names';
  await openssl(`x509 -req -in request ${signed} -out certificate.pem`);
}
