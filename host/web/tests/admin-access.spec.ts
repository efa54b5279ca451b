/** The admin's pages for whoever cannot see them well, or has no mouse. */
import { expectAccessible } from './axe';
import { expect, test } from './fixtures';

test.use({
  settings: { 'registration.mode': 'approval', 'policies.upload_bytes': String(8 * 1024 * 1024) },
  policies: {
    'admin-approval': 'grants = ["set_status"]\n[config]\nquestions = [{ id = "why", text = "Why do you come?" }]\n',
    'message-filter': `[config]
words = { list = ["hold"], action = "hold" }
links = { allowed_hosts = ["example.org"], action = "refuse" }
`,
  },
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing serious, ${colorScheme}`, async ({ natter }) => {
    const ada = await natter.setUp();
    const bob = await natter.register('bob', 'Bob');
    await natter.rest('POST', `/admin/users/${bob.user_id}/approve`, ada, {});
    await natter.register('grace', 'Grace');
    const room = { room_id: await natter.group(ada, 'Tea', [bob]) };
    const said = await natter.say(ada, room, 'Before it');
    await natter.rest('POST', `/rooms/${room.room_id}/messages/${said.data?.message_id}/report`, bob, { reason: 'Rude.' });
    await natter.say(bob, room, 'hold it');
    await natter.rest('POST', '/admin/invites', ada, { label: 'Choir' });

    const outside = await natter.open(null, '/admin', { colorScheme });
    await expect(outside.getByLabel('User name')).toBeVisible();
    await expectAccessible(outside, 'log in');

    const page = await natter.open(ada, '/admin', { colorScheme });
    const screens = [
      ['overview', 'Since the start', null],
      ['approvals', 'Grace', 'Reject'],
      ['held', 'hold it', 'Show context'],
      ['reports', 'Rude.', 'Delete the message'],
      ['people', 'Bob', 'Mute'],
      ['invites', 'Choir', 'New invite'],
      ['plugins', 'message-filter', 'Upload a plugin'],
      ['plugins/message-filter', 'allowed_hosts', 'Remove'],
      ['panels', 'Who waits', 'Reject'],
      ['decisions', 'no e-mail address', null],
      ['audit', 'Approved', null],
    ] as const;
    for (const [section, words, press] of screens) {
      await page.goto(`${natter.url}/admin#/${section}`);
      await expect(page.getByRole('main').getByText(words).first()).toBeVisible();
      await expectAccessible(page, section);
      if (press === null) continue;
      await page.getByRole('button', { name: press, exact: true }).first().click();
      await expectAccessible(page, `${section}, ${press}`);
      await page.keyboard.press('Escape');
    }
  });
}

test('a newcomer is rejected by the keyboard alone', async ({ natter }) => {
  const ada = await natter.setUp();
  await natter.register('grace', 'Grace');
  const page = await natter.open(ada, '/admin');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.getByRole('link', { name: 'Approvals' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'Approvals' })).toBeFocused();
  const reached = async (name: string): Promise<void> => {
    const wanted = page.getByRole('main').getByRole('button', { name }).first();
    for (let tabs = 0; tabs < 10; tabs++) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    await expect(wanted).toBeFocused();
  };
  await expect(page.getByText('Grace', { exact: true })).toBeVisible();
  await reached('Reject');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Reason')).toBeFocused();
  await page.keyboard.type('Not now.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Nobody waits')).toBeVisible();
  await page.getByLabel('Language').selectOption('Deutsch');
  await expect(page.getByRole('heading', { name: 'Freigaben' })).toBeVisible();
});
