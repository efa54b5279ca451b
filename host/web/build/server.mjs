// A server of its own for tests and tools: the binary `NATTER_BIN` on a free port, with everything it keeps in a temporary
// folder that goes with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Starts a server and waits until it is up.
 *
 * @param {Record<string, string>} settings by their keys, as `natter serve --set` takes them
 * @param {(pluginsFolder: string) => Promise<void>} prepare puts policies into their folder
 */
export async function startServer(settings = {}, prepare = async () => {}) {
  const folder = await mkdtemp(join(tmpdir(), 'natter-web-'));
  const plugins = join(folder, 'plugins');
  await mkdir(plugins);
  await prepare(plugins);
  const all = {
    'server.listen': '127.0.0.1:0',
    'media.bind_addresses': '127.0.0.1',
    'media.udp_port': '0',
    'media.tcp_port': '0',
    'server.data_dir': join(folder, 'data'),
    'policies.folder': plugins,
    // What browsers leave of the machine is little: no policy is cut because of them.
    'policies.deadline_ms': '2000',
    'policies.chain_budget_ms': '5000',
    'policies.instance_wait_ms': '2000',
    ...settings,
  };
  const sets = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  // No settings of whoever runs this.
  const config = join(folder, 'natter.toml');
  await writeFile(config, '');
  const binary = process.env.NATTER_BIN;
  if (!binary) throw new Error('NATTER_BIN is not set; `cargo xtask test --only web` sets it');
  const child = spawn(binary, ['serve', '--config', config, ...sets], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  const found = await Promise.race([greeting(child.stdout), once(child, 'exit').then(() => null)]);
  if (!found) {
    await stop();
    throw new Error('the server ended before it was up');
  }
  return { ...found, folder, plugins, pid: child.pid, stop };
}

/**
 * The address and the token that makes the first admin, once both are printed.
 *
 * @param {import('node:stream').Readable} stdout
 * @returns {Promise<{ url: string, setupToken: string }>}
 */
function greeting(stdout) {
  /** @type {string | null} */
  let url = null;
  return new Promise((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      url ??= /^ {2}address {2}(\S+)/.exec(line)?.[1] ?? null;
      const setupToken = /#\/setup\/(\S+)/.exec(line)?.[1];
      if (url && setupToken) resolve({ url, setupToken });
    });
  });
}
