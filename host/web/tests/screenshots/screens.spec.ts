/** Pictures of every screen, at two widths, light and dark: `cargo xtask screenshots`. */
import type { Page } from '@playwright/test';
import { test } from '../fixtures';
import type { Natter, Person } from '../natter';
import { LOOKS } from './looks';
import { peopled, POLICIES } from './scene';

/** Such as policies have. */
const COMMANDS = [
  { name: 'poll', summary: 'Asks everybody here a question', plugin: 'polls' },
  { name: 'remind', summary: 'Reminds you of something: /remind 10m Tea', plugin: 'reminders' },
];

test.describe.configure({ mode: 'parallel' });
test.use({
  settings: { 'registration.mode': 'approval' },
  policies: POLICIES,
});

for (const { name, options, shoot } of LOOKS) {
  test(`joining, ${name}`, async ({ natter }) => {
    const page = await natter.open(null, '/', options);
    await page.getByText('no admin yet').waitFor();
    await shoot(page, '01-login-before-setup');
    await page.goto(natter.setupLink);
    await page.getByLabel('User name').waitFor();
    await shoot(page, '02-setup');
    const admin = await natter.setUp();
    await sendsLetters(page);
    await page.goto(`${natter.url}/#/forgot`);
    await page.getByLabel('E-mail address').fill('grace@example.org');
    await shoot(page, '40-forgot');
    await page.goto(`${natter.url}/#/login`);
    await page.getByLabel('User name').fill('nobody');
    await page.getByLabel('Password').fill('wrong password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Unknown user name').waitFor();
    await shoot(page, '03-login-refused');
    await page.goto(`${natter.url}/#/join/some-code`);
    await page.getByText('by an invite').waitFor();
    await shoot(page, '04-sign-up-by-invite');
    await page.goto(`${natter.url}/#/signup`);
    await page.getByLabel('User name').fill('grace');
    await page.getByLabel('Password').fill('battery staple');
    await shoot(page, '05-sign-up');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByLabel('Why do you come?').fill('To see how it feels.');
    await shoot(page, '06-questions');
    await page.getByRole('button', { name: 'Send the answers' }).click();
    await page.getByRole('heading', { name: 'Waiting' }).waitFor();
    await shoot(page, '07-waiting');
    await decide(natter, admin, 'reject', { reason: 'We only take people whom somebody here knows.' });
    await page.getByText('whom somebody here knows').waitFor();
    await shoot(page, '08-refused');
    const locked = await natter.register('hedy', 'Hedy Lamarr');
    await decide(natter, admin, 'approve', {});
    const inside = await natter.open(locked, '/', options);
    await inside.getByText('No chats yet').waitFor();
    await shoot(inside, '09-no-chats');
    await natter.rest('POST', `/admin/users/${locked.user_id}/suspend`, admin, { reason: 'The same advertisement, five times.' });
    await inside.getByText('five times').waitFor();
    await shoot(inside, '25-locked');
    const out = await natter.open(admin, '/', options);
    await out.getByText('No chats yet').waitFor();
    await natter.rest('POST', '/auth/logout', admin, {});
    await out.reload();
    await out.getByRole('heading', { name: 'You were logged out' }).waitFor();
    await shoot(out, '26-logged-out');
  });

  test(`chat, ${name}`, async ({ natter }) => {
    const { ada, bob, direct, group } = await peopled(natter);
    const page = await natter.open(ada, '/', options);
    await page.route('**/api/v1/commands', (route) => route.fulfill({ json: { commands: COMMANDS } }));
    await page.getByRole('link', { name: /Tea and biscuits/ }).waitFor();
    await shoot(page, '10-chats');
    await page.getByRole('searchbox').fill('ma');
    await page.getByRole('link', { name: /@mary/ }).waitFor();
    await shoot(page, '11-search');
    await page.goto(`${natter.url}/#/rooms/${group}`);
    await page.getByRole('feed').getByText('Unread messages').waitFor();
    await shoot(page, '12-group-unread');
    await page.goto(`${natter.url}/#/rooms/${direct}`);
    await page.getByRole('feed').getByText('See you at four').waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('My card is 1234-5678, and');
    await shoot(page, '13-direct');
    await page.getByRole('textbox', { name: 'Message' }).fill('/');
    await page.getByRole('list', { name: 'Commands' }).waitFor();
    await shoot(page, '27-commands');
    for (const body of ['My card is 1234-5678', 'Look at http://evil.example/now', 'darn it']) {
      await page.getByRole('textbox', { name: 'Message' }).fill(body);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
    }
    await page.getByText('Refused:').waitFor();
    await page.getByText('Held:').waitFor();
    await page.getByRole('feed').getByText('**** it').waitFor();
    await shoot(page, '14-held-and-refused');
    await page.getByRole('article').filter({ hasText: 'Reply with' }).first().waitFor();
    await page.getByRole('feed').press('ArrowUp');
    await page.getByRole('feed').press('ArrowUp');
    await page.getByRole('feed').press('ArrowUp');
    await page.getByRole('button', { name: 'Reply', exact: true }).waitFor();
    await shoot(page, '15-actions');
    await page.getByRole('button', { name: 'Reply', exact: true }).click();
    await shoot(page, '16-replying');
    await page.goto(`${natter.url}/#/rooms/${group}`);
    await natter.emit(bob, 'typing', { room_id: group, typing: true });
    await page.getByRole('feed').press('End');
    await page.getByText('is writing').last().waitFor();
    await shoot(page, '17-group-end');
    await page.getByRole('feed').press('ArrowUp');
    await page.getByRole('article').last().getByRole('button', { name: 'Message info' }).click();
    await page.getByRole('dialog').getByText('Mary Somerville').waitFor();
    await shoot(page, '22-message-info');
    await page.keyboard.press('Escape');
    await page.goto(`${natter.url}/#/rooms/${group}/details`);
    await page.getByRole('button', { name: 'Leave the group' }).waitFor();
    await shoot(page, '18-group-settings');
    await page.getByRole('button', { name: 'Add people' }).click();
    await page.getByLabel('Actions for Bob').click();
    await shoot(page, '23-group-members');
    await page.goto(`${natter.url}/#/new-group`);
    await page.getByLabel('Name of the group').fill('Walkers');
    await page.getByLabel('Add people').fill('m');
    await page.getByRole('checkbox').first().check();
    await shoot(page, '19-new-group');
    await page.goto(`${natter.url}/#/profile`);
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await shoot(page, '20-profile');
    await page.getByLabel('Language').selectOption('de');
    await page.getByText('Dein Profil').waitFor();
    await shoot(page, '24-profile-in-german');
    await page.getByLabel('Sprache').selectOption('en');
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.hash.includes('profile'));
    await page.goto(`${natter.url}/#/rooms/${direct}`);
    await page.getByRole('feed').getByText('See you at four').waitFor();
    await page.goto(`${natter.url}/#/rooms/00000000-0000-7000-8000-000000000000`);
    await page.getByText('You do not belong to this group').waitFor();
    await shoot(page, '28-missing-room');
    await page.goto(`${natter.url}/#/rooms/${direct}`);
    await page.getByRole('feed').getByText('See you at four').waitFor();
    await page.context().setOffline(true);
    await page.getByRole('textbox', { name: 'Message' }).fill('Written on the train');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('No connection').waitFor();
    await shoot(page, '21-offline');
    await page.context().setOffline(false);
    const written = page.getByRole('article').filter({ hasText: 'Written on the train' });
    await written.getByRole('img', { name: /Sent|Delivered|Read/ }).waitFor();
    await natter.rest('POST', '/admin/mutes', ada, { user_id: ada.user_id, seconds: 86400, reason: 'A day off.' });
    await page.getByText('A day off.').waitFor();
    await shoot(page, '29-muted');
  });
}

for (const { name, options, shoot } of LOOKS) {
  test(`one's account and what one does about others, ${name}`, async ({ natter }) => {
    const scene = await peopled(natter);
    const { ada, bob, mary, group } = scene;
    await natter.logIn('ada', 'Firefox, Android');
    const page = await natter.open(ada, '/', options);
    const dialog = page.getByRole('dialog');
    await sendsLetters(page);
    const pages = [
      ['password', 'New password', '30-password'],
      ['email', 'is not proven yet', '31-email'],
      ['devices', 'This device', '32-devices'],
      ['privacy', 'Nobody', '33-privacy'],
      ['blocked', 'You blocked nobody', '34-nobody-blocked'],
      ['data', 'Take your data along', '35-data'],
    ] as const;
    for (const [path, words, screen] of pages) {
      await page.goto(`${natter.url}/#/profile/${path}`);
      await dialog.getByText(words).first().waitFor({ state: 'attached' });
      await shoot(page, screen);
    }
    await dialog.getByLabel('Your password').fill('a wrong horse');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Yes, delete' }).click();
    await dialog.getByRole('alert').waitFor();
    await shoot(page, '36-not-deleted');
    await page.goto(`${natter.url}/#/people/${bob.user_id}/details`);
    await dialog.getByRole('button', { name: 'Block' }).click();
    await dialog.getByText('You blocked').waitFor();
    await shoot(page, '37-person-blocked');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Unblock' }).waitFor();
    await shoot(page, '38-blocked');
    await page.goto(`${natter.url}/#/profile/blocked`);
    await dialog.getByText('Bob').waitFor();
    await shoot(page, '39-people-blocked');

    await page.goto(`${natter.url}/#/rooms/${group}`);
    await page.getByRole('feed').getByText('Ginger is fine').waitFor();
    await page.getByRole('feed').press('ArrowUp');
    await page.getByRole('button', { name: 'Report' }).last().click();
    await dialog.getByLabel('Reason').fill('Nobody asked for it.');
    await shoot(page, '41-report');
    await page.keyboard.press('Escape');
    await page.goto(`${natter.url}/#/rooms/${group}/details`);
    await dialog.getByLabel('Actions for Mary').click();
    await dialog.getByRole('button', { name: 'Ban' }).click();
    await page.getByLabel('Reason').fill('Too much ginger.');
    await shoot(page, '42-ban');
    await page.keyboard.press('Escape');
    await natter.rest('PUT', `/rooms/${group}/bans/${mary.user_id}`, ada, { reason: 'Too much ginger.' });
    await page.reload();
    await dialog.getByText('Too much ginger').scrollIntoViewIfNeeded();
    await shoot(page, '43-bans');
    await page.goto(`${natter.url}/#/profile`);
    await dialog.getByLabel('Language').selectOption('de');
    await page.goto(`${natter.url}/#/profile/data`);
    await dialog.getByText('Deine Daten mitnehmen').waitFor();
    await shoot(page, '44-data-in-german');
    await page.goto(`${natter.url}/#/profile/devices`);
    await dialog.getByText('Dieses Gerät').waitFor();
    await dialog.getByRole('button', { name: 'umbenennen' }).first().click();
    await shoot(page, '45-devices-in-german');
  });
}

/** As where there is a mail server. */
async function sendsLetters(page: Page): Promise<void> {
  await page.route('**/api/v1/auth', (route) =>
    route.fulfill({ json: { registration: 'approval', needs_setup: false, sends_letters: true } }),
  );
  await page.route('**/api/v1/me/email', (route) =>
    route.fulfill({ json: { address: 'ada@example.org', can_be_verified: true } }),
  );
}

async function decide(natter: Natter, admin: Person, action: string, body: object): Promise<void> {
  interface Users {
    users: { user_id: string }[];
  }
  const { users } = await natter.rest<Users>('GET', '/admin/users?status=pending', admin);
  for (const { user_id } of users) await natter.rest('POST', `/admin/users/${user_id}/${action}`, admin, body);
}
