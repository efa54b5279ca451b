/** What every test begins with: a server of its own. */
import { test as base } from '@playwright/test';
import { startServer } from '../build/server.mjs';

export { expect } from '@playwright/test';

export type Server = Awaited<ReturnType<typeof startServer>>;

interface Fixtures {
  /** Settings by their keys; a test changes them with `test.use`. */
  settings: Record<string, string>;
  server: Server;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],
  server: async ({ settings }, use) => {
    const server = await startServer(settings);
    await use(server);
    await server.stop();
  },
});
