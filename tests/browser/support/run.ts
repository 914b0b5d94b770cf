import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program to its end, with no other environment than this. If it fails, the error has all of its output. */
export async function run(command: string, parameters: string[], cwd: string, env: Record<string, string>): Promise<string> {
  const options = { cwd, env: { PATH: process.env.PATH, ...env }, maxBuffer: 16 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(command, parameters, options).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
  return stdout;
}
