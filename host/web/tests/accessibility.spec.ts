/** No screen has what axe-core calls serious. */
import { expectAccessible } from './axe';
import { expect, test } from './fixtures';
import { feed, message, row, write } from './screen';

const POLICIES = {
  'admin-approval': 'grants = ["set_status"]\n[config]\nquestions = [{ id = "why", text = "Why do you come?" }]\n',
  'message-filter': `[config]
words = { list = ["darn"], action = "refuse" }
patterns = { list = ["hold"], action = "hold" }
`,
};

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every screen is accessible, ${colorScheme}`, async ({ natter }) => {
    const ann = await natter.setUp('ann', 'Ann');
    const bob = await natter.register('bob', 'Bob');
    const group = await natter.group(ann, 'Tea', [bob]);
    const asked = await natter.say(bob, { room_id: group }, 'Who comes? https://example.org/tea');
    await natter.say(bob, { room_id: group }, 'I do', { reply_to: asked.data?.message_id });
    await natter.say(bob, { to: ann.user_id }, 'Hello');

    const out = await natter.open(null, '/#/login', { colorScheme });
    for (const path of ['login', 'signup', 'join/code', 'setup/token']) {
      await out.goto(`${natter.url}/#/${path}`);
      await expect(out.getByLabel('Password')).toBeVisible();
      await expectAccessible(out, path);
    }
    const page = await natter.open(ann, '/', { colorScheme });
    await expect(row(page, 'Tea')).toBeVisible();
    await expectAccessible(page, 'chats');
    await row(page, 'Tea').click();
    await expect(message(page, 'I do')).toBeVisible();
    await feed(page).press('ArrowUp');
    await expectAccessible(page, 'group');
    await page.getByRole('button', { name: 'Message info' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page, 'message info');
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').fill('bo');
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Bob' })).toBeVisible();
    await expectAccessible(page, 'search');
    const dialogs = [
      [`rooms/${group}/details`, 'Leave the group'],
      [`people/${bob.user_id}/details`, 'Block Bob'],
      ['new-group', 'Create the group'],
      ['profile', 'Your profile'],
      ['profile/password', 'New password'],
      ['profile/email', 'no letters'],
      ['profile/devices', 'This device'],
      ['profile/privacy', 'Nobody'],
      ['profile/blocked', 'You blocked nobody'],
      ['profile/data', 'Take your data along'],
    ] as const;
    for (const [path, words] of dialogs) {
      await page.goto(`${natter.url}/#/${path}`);
      await expect(page.getByRole('dialog').getByText(words).first()).toBeAttached();
      await expectAccessible(page, path);
      await page.keyboard.press('Escape');
      await expect(page).not.toHaveURL(new RegExp(`${path}$`));
    }
    await page.goto(`${natter.url}/#/people/${bob.user_id}`);
    await message(page, 'Hello').hover();
    await page.getByRole('button', { name: 'Report to the admins' }).click();
    await expect(page.getByRole('dialog').getByText('Hello')).toBeVisible();
    await expectAccessible(page, 'report');
  });
  test.describe('where policies have a say', () => {
    test.use({ settings: { 'registration.mode': 'approval' }, policies: POLICIES });

    test(`what they do to people and messages is accessible, ${colorScheme}`, async ({ natter }) => {
      const ann = await natter.setUp('ann', 'Ann');
      const bob = await natter.register('bob', 'Bob');
      const waiting = await natter.open(bob, '/', { colorScheme });
      await expect(waiting.getByLabel('Why do you come?')).toBeVisible();
      await expectAccessible(waiting, 'questions');
      await waiting.getByLabel('Why do you come?').fill('To talk.');
      await waiting.getByRole('button', { name: 'Send the answers' }).click();
      await expect(waiting.getByRole('heading', { name: 'Waiting' })).toBeVisible();
      await expectAccessible(waiting, 'waiting');
      await natter.rest('POST', `/admin/users/${bob.user_id}/reject`, ann, { reason: 'Not now.' });
      await expect(waiting.getByText('Not now.')).toBeVisible();
      await expectAccessible(waiting, 'refused');

      const group = await natter.group(ann, 'Tea', []);
      const page = await natter.open(ann, `/#/rooms/${group}`, { colorScheme });
      await write(page, 'hold it');
      await expect(message(page, 'hold it')).toContainText('Held');
      await write(page, 'darn it');
      await expect(message(page, 'darn it')).toContainText('Refused');
      await page.context().setOffline(true);
      await write(page, 'On the train');
      await expect(page.getByText('No connection')).toBeVisible();
      await expectAccessible(page, 'held, refused, and offline');
    });
  });
}
