/** Plugins in the admin's pages: uploaded, configured, taken back; and panels whose words must stay words. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';

const REFUSE_DARN = '[config]\nwords = { list = ["darn"], action = "refuse" }\n';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

function shipped(name: string): string {
  return join(process.env['NATTER_SHIPPED_PLUGINS'] ?? '', name);
}

function settings(text: string): { name: string; mimeType: string; buffer: Buffer } {
  return { name: 'settings.toml', mimeType: 'text/plain', buffer: Buffer.from(text) };
}

test.describe('where uploads are allowed', () => {
  test.use({ settings: { 'registration.mode': 'open', 'policies.upload_bytes': String(8 * 1024 * 1024) } });

  test('a plugin is uploaded, configured by its form, replaced, rolled back and removed, and acts each time', async ({ natter }) => {
    const ada = await natter.setUp();
    const bob = await natter.register('bob');
    const codeOf = async (body: string): Promise<string> => (await natter.say(bob, { to: ada.user_id }, body)).error?.code ?? 'sent';
    const page = await natter.open(ada, '/admin#/plugins');
    await button(page, 'Upload a plugin').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Component').setInputFiles(shipped('message_filter.wasm'));
    await expect(dialog.getByLabel('Name')).toHaveValue('message-filter');
    await dialog.getByLabel('Name').fill('guard');
    await dialog.getByLabel('Settings').setInputFiles(settings(REFUSE_DARN));
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await expect(page.getByRole('heading', { name: 'guard', level: 1 })).toBeVisible();
    expect(await codeOf('darn')).toBe('policy_rejected');
    await expect(page.getByRole('row').filter({ hasText: 'messages' }).getByRole('cell').nth(4)).toHaveText('1');

    const words = page.getByRole('group', { name: 'words' });
    await words.getByLabel('No. 1', { exact: true }).fill('heck');
    await words.getByRole('button', { name: 'Add' }).click();
    await words.getByLabel('No. 2', { exact: true }).fill('drat');
    await button(page, 'Save').click();
    await expect(page.getByText('The new config is in force.')).toBeVisible();
    expect(await codeOf('darn')).toBe('sent');
    expect(await codeOf('drat')).toBe('policy_rejected');

    // What is being typed outlives what somebody else saves meanwhile, who is not overwritten unseen.
    await words.getByLabel('No. 1', { exact: true }).fill('mine');
    const theirs = { config: { words: { list: ['theirs'], action: 'refuse' } } };
    await natter.rest('PUT', '/admin/plugins/guard/config', ada, theirs);
    await expect(page.getByText('Meanwhile somebody else')).toBeVisible();
    await expect(words.getByLabel('No. 1', { exact: true })).toHaveValue('mine');
    await expect(button(page, 'Save')).toBeDisabled();
    await button(page, 'Load it').click();
    await expect(words.getByLabel('No. 1', { exact: true })).toHaveValue('theirs');

    await button(page, 'New version').click();
    await dialog.getByLabel('Component').setInputFiles(shipped('admin_approval.wasm'));
    await dialog.getByLabel('Settings').setInputFiles(settings(''));
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await expect(page.getByRole('rowheader', { name: 'registration' })).toBeVisible();
    expect(await codeOf('drat')).toBe('sent');

    await button(page, 'Roll back').click();
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await expect(page.getByText('Rolled back', { exact: true })).toBeVisible();
    await expect(page.getByRole('rowheader', { name: 'messages' })).toBeVisible();
    await button(page, 'Add words').click();
    await words.getByLabel('action').selectOption('refuse');
    await words.getByRole('button', { name: 'Add' }).click();
    await words.getByLabel('No. 1', { exact: true }).fill('blast');
    await button(page, 'Save').click();
    await expect(page.getByText('The new config is in force.').last()).toBeVisible();
    await expect.poll(() => codeOf('blast')).toBe('policy_rejected');

    await button(page, 'Remove').click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByRole('heading', { name: 'Plugins', level: 1 })).toBeVisible();
    expect(await codeOf('blast')).toBe('sent');
    await page.getByRole('link', { name: 'Audit log' }).click();
    for (const action of ['Installed', 'Configured', 'Rolled', 'Removed']) {
      await expect(page.getByRole('rowheader', { name: action }).first()).toBeVisible();
    }
  });

  test('what the server cannot use changes nothing, and it says why', async ({ natter }) => {
    const ada = await natter.setUp();
    const page = await natter.open(ada, '/admin#/plugins');
    await button(page, 'Upload a plugin').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Component').setInputFiles({ name: 'x.wasm', mimeType: '', buffer: Buffer.from('no component') });
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await expect(dialog.getByRole('alert')).toContainText('component');
    await dialog.getByLabel('Component').setInputFiles(shipped('message_filter.wasm'));
    await dialog.getByLabel('Settings').setInputFiles(settings(REFUSE_DARN));
    await dialog.getByRole('button', { name: 'Upload' }).click();

    await button(page, 'Add patterns').click();
    const patterns = page.getByRole('group', { name: 'patterns' });
    await patterns.getByRole('button', { name: 'Add' }).click();
    await patterns.getByLabel('No. 1', { exact: true }).fill('(');
    await button(page, 'Save').click();
    await expect(page.getByRole('main').getByRole('alert')).toContainText('unclosed group');
    await button(page, 'Undo').click();
    await expect(button(page, 'Add patterns')).toBeVisible();
    await page.reload();
    await expect(button(page, 'Add patterns')).toBeVisible();
  });
});

test.describe('words of others', () => {
  const MARKUP = `<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>`;
  const LINK = 'javascript:window.hacked=1';
  const LONG = 'W'.repeat(5_000);
  const HIGH = `Z${'\u0336\u0489\u033d'.repeat(200)} \u202ereversed`;
  const FORM = {
    type: 'object',
    title: MARKUP,
    description: LINK,
    required: ['__proto__', MARKUP],
    properties: {
      ['__proto__']: { type: 'string', title: MARKUP, default: LINK, pattern: '^(a+)+$' },
      [MARKUP]: { enum: [MARKUP, LINK, LONG] },
      constructor: { $ref: '#/$defs/loop' },
      list: { type: 'array', items: { $ref: '#' }, title: HIGH },
      broken: { $ref: 'https://evil.example/schema' },
    },
    $defs: { loop: { $ref: '#/$defs/loop' } },
  };
  const PANELS = {
    plugins: [
      {
        plugin: 'hostile',
        panels: [1, 2].map(() => ({
          id: '__proto__',
          title: MARKUP + LONG,
          columns: [LINK, MARKUP, HIGH, LONG, LONG],
          rows: [1, 2].map(() => ({
            id: 'constructor',
            cells: [MARKUP, LINK, HIGH, LONG],
            actions: ['same', 'same'],
            attrs: [],
          })),
          actions: [
            { id: 'same', title: MARKUP + LONG, form: '' },
            { id: 'same', title: 'Fill in', form: JSON.stringify(FORM).replaceAll('"["__proto__"]"', '"__proto__"') },
            { id: 'all', title: 'Whole panel', form: '{ broken' },
          ],
        })),
        error: null,
      },
      { plugin: 'failing', panels: [], error: MARKUP },
    ],
  };

  test.use({ settings: { 'registration.mode': 'approval' } });

  for (const width of [390, 1280]) {
    test(`nothing of a panel runs or breaks the layout at ${width} px`, async ({ natter }) => {
      const ada = await natter.setUp();
      await natter.register('mallory', `"><img src=x onerror=window.hacked=1>`);
      const page = await natter.open(ada, '/admin', { viewport: { width, height: 800 } });
      const wrong: string[] = [];
      page.on('pageerror', (error) => wrong.push(error.message));
      page.on('dialog', (dialog) => wrong.push(dialog.message()));
      const sent: string[] = [];
      await page.route('**/admin/panels', (route) => route.fulfill({ json: PANELS }));
      await page.route('**/admin/plugins/hostile/actions', (route) => {
        sent.push(route.request().postData() ?? '');
        const effects = [{ kind: MARKUP, target: LINK, outcome: 'refused' }];
        return route.fulfill({ json: { message: MARKUP, decision_id: 'x', effects } });
      });
      await page.goto(`${natter.url}/admin#/panels`);
      await expect(page.getByRole('rowheader', { name: '<img src=x' }).first()).toBeVisible();
      await fits(page);
      await button(page, 'Fill in').first().click();
      const dialog = page.getByRole('dialog');
      await expect(dialog.getByLabel('<script>').first()).toBeVisible();
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      await fits(page);
      await dialog.getByRole('button', { name: 'Fill in' }).click();
      await expect(page.getByText('<script>').last()).toBeVisible();
      await expect(page.getByText('was not done').first()).toBeVisible();
      expect(sent[0]).toContain('"__proto__":"javascript:window.hacked=1"');
      await button(page, 'Whole panel').first().click();
      await dialog.getByRole('textbox').fill('{}');
      await dialog.getByRole('button', { name: 'Whole panel' }).click();
      await expect(dialog).toHaveCount(0);

      await page.goto(`${natter.url}/admin#/approvals`);
      await expect(page.getByText('"><img src=x')).toBeVisible();
      await fits(page);
      expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
      expect(await page.locator('img, a[href^="javascript:" i], script:not([src])').count()).toBe(0);
      expect(wrong).toEqual([]);
    });
  }
});

/** Nothing reaches out of the page sideways. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}
