/** What every test begins with: a server of its own. */
import { test as base } from '@playwright/test';
import { Natter, type Policies } from './natter';

export { expect } from '@playwright/test';

interface Fixtures {
  /** Settings by their keys; a test changes them with `test.use`. */
  settings: Record<string, string>;
  policies: Policies;
  natter: Natter;
}

export const test = base.extend<Fixtures>({
  settings: [{ 'registration.mode': 'open' }, { option: true }],
  policies: [{}, { option: true }],
  natter: async ({ browser, settings, policies }, use) => {
    const natter = await Natter.start(browser, settings, policies);
    await use(natter);
    await natter.stop();
  },
});
