/** An admin's morning: who waits, what is held, who is who. The other side looks on in a browser of its own. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { PASSWORD } from './natter';

const QUESTIONS = `
grants = ["set_status"]
[config]
questions = [{ id = "why", text = "Why do you come?" }]
`;
const HOLD = `
[config]
words = { list = ["hold"], action = "hold" }
`;

const card = (page: Page, text: string) => page.getByRole('main').getByRole('listitem').filter({ hasText: text });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test.describe('newcomers', () => {
  test.use({ settings: { 'registration.mode': 'approval' }, policies: { 'admin-approval': QUESTIONS } });

  test('one who waits goes live the moment an admin approves', async ({ natter }) => {
    const ada = await natter.setUp();
    const newcomer = await natter.open(null, '/#/signup');
    await newcomer.getByLabel('User name').fill('grace');
    await newcomer.getByLabel('Password').fill(PASSWORD);
    await newcomer.getByRole('button', { name: 'Sign up' }).click();
    await newcomer.getByLabel('Why do you come?').fill('To write a compiler.');
    await newcomer.getByRole('button', { name: 'Send the answers' }).click();
    await expect(newcomer.getByRole('heading', { name: 'Waiting' })).toBeVisible();

    const admin = await natter.open(ada, '/admin#/approvals');
    const grace = card(admin, 'grace');
    await expect(grace.getByRole('definition').filter({ hasText: 'Why do you come? To write a compiler.' })).toBeVisible();
    await expect(grace.getByRole('term').filter({ hasText: 'Waits for' })).toBeVisible();
    await grace.getByRole('button', { name: 'Approve' }).click();

    await expect(newcomer.getByRole('searchbox')).toBeVisible();
    await expect(admin.getByText('Nobody waits')).toBeVisible();
    await admin.getByRole('link', { name: 'Audit log' }).click();
    const line = admin.getByRole('row').filter({ hasText: 'Approved' });
    await expect(line).toContainText('Ada Lovelace');
    await expect(line).toContainText('admin-approval');
  });

  test('several are approved and rejected at once, and read why', async ({ natter }) => {
    const ada = await natter.setUp();
    const people = [];
    for (const name of ['anton', 'berta', 'carol', 'dora']) people.push(await natter.register(name));
    const [, , carol] = people;
    const admin = await natter.open(ada, '/admin#/approvals');
    await admin.getByLabel('Select anton').check();
    await admin.getByLabel('Select berta').check();
    await admin.getByRole('group', { name: 'Several at once' }).getByRole('button', { name: 'Approve' }).click();
    await expect(admin.getByText('2 people approved.')).toBeVisible();
    await expect(card(admin, 'anton')).toHaveCount(0);

    const refused = await natter.open(carol ?? null);
    await expect(refused.getByText('Why do you come?')).toBeVisible();
    await admin.getByLabel('Select all').check();
    await admin.getByRole('group', { name: 'Several at once' }).getByRole('button', { name: 'Reject' }).click();
    const dialog = admin.getByRole('dialog', { name: 'Reject 2 people' });
    await dialog.getByLabel('Reason').fill('We are full.');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await expect(admin.getByText('Nobody waits')).toBeVisible();
    await expect(refused.getByText('We are full.')).toBeVisible();
  });

  test('what a panel offers is done to whom it was pressed for, though others come and go meanwhile', async ({ natter }) => {
    const ada = await natter.setUp();
    const people = [];
    for (const name of ['anton', 'berta', 'carol']) people.push(await natter.register(name));
    const admin = await natter.open(ada, '/admin#/panels');
    const row = (name: string) => admin.getByRole('row').filter({ hasText: name });
    await row('berta').getByRole('button', { name: 'Reject' }).click();
    const dialog = admin.getByRole('dialog', { name: 'Reject: berta' });
    await dialog.getByLabel('Reason').fill('Not you.');
    await natter.rest('POST', `/admin/users/${people[0]?.user_id}/approve`, ada, {});
    await expect(admin.getByText('anton')).toHaveCount(0);
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(row('berta')).toHaveCount(0);
    const { users } = await natter.rest<{ users: { username: string; status: string }[] }>('GET', '/admin/users', ada);
    const statuses = Object.fromEntries(users.map(({ username, status }) => [username, status]));
    expect(statuses).toEqual({ ada: 'active', anton: 'active', berta: 'rejected', carol: 'pending' });
  });

  test('who was decided about meanwhile is not decided about again, and the dialog says why', async ({ natter }) => {
    const ada = await natter.setUp();
    const emil = await natter.register('emil');
    const admin = await natter.open(ada, '/admin#/approvals');
    await card(admin, 'emil').getByRole('button', { name: 'Reject' }).click();
    await natter.rest('POST', `/admin/users/${emil.user_id}/approve`, ada, {});
    const dialog = admin.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Too late.');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await expect(dialog.getByRole('alert')).toBeVisible();
  });
});

test.describe('held messages', () => {
  test.use({ policies: { 'message-filter': HOLD } });

  test('one is released and one rejected, after a look at what was said around them', async ({ natter }) => {
    const ada = await natter.setUp();
    const bob = await natter.register('bob', 'Bob');
    const eve = await natter.register('eve', 'Eve');
    const room = { room_id: await natter.group(bob, 'Tea', [eve]) };
    await natter.say(bob, room, 'Before it');
    await natter.say(eve, room, 'Please hold the line');
    await natter.say(eve, room, 'hold this as well');
    await natter.say(bob, room, 'After it');

    const reader = await natter.open(bob, `/#/rooms/${room.room_id}`);
    const admin = await natter.open(ada, '/admin');
    await expect(admin.getByRole('link', { name: /Held messages 2/ })).toBeVisible();
    await admin.getByRole('link', { name: /Held messages 2/ }).click();
    const first = card(admin, 'hold the line');
    await first.getByRole('button', { name: 'Show context' }).click();
    await expect(first.getByRole('article').filter({ hasText: 'Before it' })).toContainText('Bob');
    await expect(first.getByRole('article').filter({ hasText: 'After it' })).toBeVisible();
    await expect(first).toContainText('in Tea');
    await first.getByRole('button', { name: 'Release' }).click();
    await expect(reader.getByRole('article').filter({ hasText: 'Please hold the line' })).toBeVisible();

    const writer = await natter.open(eve, `/#/rooms/${room.room_id}`);
    await expect(writer.getByRole('article').filter({ hasText: 'Please hold' })).toBeVisible();
    await card(admin, 'this as well').getByRole('button', { name: 'Reject' }).click();
    await admin.getByRole('dialog').getByLabel('Reason').fill('Not here.');
    await admin.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await expect(admin.getByText('Nothing is held')).toBeVisible();
    await expect(reader.getByText('this as well')).toHaveCount(0);
  });
});

test('who forgot their password chooses another by a link, and is logged out elsewhere', async ({ natter }) => {
  const ada = await natter.setUp();
  const bob = await natter.open(await natter.register('bob', 'Bob'));
  const admin = await natter.open(ada, '/admin#/people');
  await card(admin, 'Bob').getByRole('button', { name: 'New password' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  const link = await admin.getByRole('dialog').getByLabel('Link for a new password').inputValue();

  const page = await natter.open(null, new URL(link).pathname + new URL(link).hash);
  await page.getByLabel('Password').fill('another horse');
  await button(page, 'Set the password').click();
  await expect(page.getByText('Your password is changed.')).toBeVisible();
  await expect(bob.getByText('You were logged out')).toBeVisible();
  await button(page, 'To the login').click();
  await page.getByLabel('User name').fill('bob');
  await page.getByLabel('Password').fill('another horse');
  await button(page, 'Log in').click();
  await expect(page.getByText('No chats yet')).toBeVisible();

  const again = await natter.open(null, new URL(link).pathname + new URL(link).hash);
  await again.getByLabel('Password').fill('a third horse');
  await button(again, 'Set the password').click();
  await expect(again.getByText('This link does not work any more.')).toBeVisible();
});

test('an account is found, suspended and reinstated, muted and unmuted', async ({ natter }) => {
  const ada = await natter.setUp();
  const bob = await natter.register('bob', 'Bob');
  await natter.register('grace', 'Grace Hopper');
  const admin = await natter.open(ada, '/admin#/people');
  await expect(card(admin, 'Bob')).toBeVisible();
  await admin.getByLabel('Name begins with').fill('grace');
  await expect(card(admin, 'Bob')).toHaveCount(0);
  await card(admin, 'Grace').getByRole('button', { name: 'Suspend' }).click();
  await admin.getByRole('dialog').getByLabel('Reason').fill('Spam.');
  await admin.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(card(admin, 'Grace')).toContainText('Spam.');
  await admin.getByLabel('Name begins with').fill('');
  await admin.getByLabel('Status').selectOption('Suspended');
  await expect(card(admin, 'Bob')).toHaveCount(0);
  await card(admin, 'Grace').getByRole('button', { name: 'Reinstate' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Reinstate' }).click();
  await expect(admin.getByText('Grace Hopper was reinstated.')).toBeVisible();

  await admin.getByLabel('Status').selectOption('Active');
  await expect(card(admin, 'Grace')).toContainText('Active');
  await card(admin, 'Bob').getByRole('button', { name: 'Mute' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Mute' }).click();
  await expect(card(admin, 'Bob')).toContainText('Muted until');
  expect((await natter.say(bob, { to: ada.user_id }, 'Hello?')).error?.code).toBe('muted');
  await card(admin, 'Bob').getByRole('button', { name: 'Unmute' }).click();
  await expect(card(admin, 'Bob')).not.toContainText('Muted until');
  expect((await natter.say(bob, { to: ada.user_id }, 'Hello!')).ok).toBe(true);
});

test.describe('invites', () => {
  test.use({ settings: { 'registration.mode': 'closed' }, policies: { 'admin-approval': QUESTIONS } });

  test('a link lets one person in, and another is revoked', async ({ natter }) => {
    const ada = await natter.setUp();
    const admin = await natter.open(ada, '/admin#/invites', { permissions: ['clipboard-read', 'clipboard-write'] });
    await expect(admin.getByText('There are no invites')).toBeVisible();
    await button(admin, 'New invite').click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByLabel('Label').fill('For the choir');
    await dialog.getByLabel('How many people').fill('1');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('button', { name: 'Copy link' }).click();
    await expect(dialog.getByRole('status')).toHaveText('The link was copied.');
    const link = await admin.evaluate(() => navigator.clipboard.readText());
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect(card(admin, 'For the choir')).toContainText('Used 0 of 1 times');

    const newcomer = await natter.open(null);
    await newcomer.goto(link);
    await newcomer.getByLabel('User name').fill('clara');
    await newcomer.getByLabel('Password').fill(PASSWORD);
    await newcomer.getByRole('button', { name: 'Sign up' }).click();
    await expect(newcomer.getByRole('searchbox')).toBeVisible();
    await admin.reload();
    await expect(card(admin, 'For the choir')).toContainText('Used up');

    await button(admin, 'New invite').click();
    await admin.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await admin.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await card(admin, 'Without a label').getByRole('button', { name: 'Revoke' }).click();
    await admin.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect(card(admin, 'Without a label')).toContainText('Revoked');
  });
});

test('only admins get in', async ({ natter }) => {
  const ada = await natter.setUp();
  const bob = await natter.register('bob');
  const member = await natter.open(bob, '/admin#/people');
  await expect(member.getByRole('alert')).toContainText('for admins of this server');
  await expect(member.getByRole('navigation')).toHaveCount(0);
  const stranger = await natter.open(null, '/admin');
  await stranger.getByLabel('User name').fill(ada.username);
  await stranger.getByLabel('Password').fill(PASSWORD);
  await stranger.getByRole('button', { name: 'Log in' }).click();
  await expect(stranger.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await expect(stranger.getByText('SQLite')).toBeVisible();
});
