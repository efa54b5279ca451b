/** What people do about others who disturb: reports that admins decide, and groups that keep somebody out. */
import { expect, test } from './fixtures';
import { message, row } from './screen';

test('a report shows a message as it was, and an admin deletes it or lets it stand', async ({ natter }) => {
  const ada = await natter.setUp();
  const bob = await natter.register('bob', 'Bob');
  const cyd = await natter.register('cyd', 'Cyd');
  const eve = await natter.register('eve', 'Eve');
  const group = await natter.group(bob, 'Tea', [cyd, eve]);
  const room = { room_id: group };
  await natter.say(cyd, room, 'Who comes?');
  const bad = await natter.say(eve, room, 'You are all fools');
  await natter.say(eve, room, 'I like coffee');
  await natter.rest('POST', `/rooms/${group}/messages/${bad.data?.message_id}/report`, cyd, {});

  const reader = await natter.open(bob, `/#/rooms/${group}`);
  const dialog = reader.getByRole('dialog', { name: 'Report this message' });
  for (const [words, reason] of [['You are all fools', 'Rude.'], ['I like coffee', 'Off topic.']] as const) {
    await message(reader, words).hover();
    await reader.getByRole('button', { name: 'Report to the admins' }).click();
    await expect(dialog).toContainText(words);
    await dialog.getByLabel('Reason').fill(reason);
    await dialog.getByRole('button', { name: 'Report', exact: true }).click();
    await expect(reader.getByText('The message was reported.').last()).toBeVisible();
    await expect(dialog).toHaveCount(0);
  }

  const admin = await natter.open(ada, '/admin');
  await admin.getByRole('link', { name: /Reports 3/ }).click();
  const rude = admin.getByRole('main').locator('li:has(blockquote)').filter({ hasText: 'Rude.' });
  await expect(rude.getByRole('blockquote')).toHaveText('You are all fools');
  await expect(rude.getByRole('article').filter({ hasText: 'Who comes?' })).toContainText('Cyd');
  await expect(rude.getByText('Reported by')).toHaveCount(2);
  await rude.getByRole('button', { name: 'Delete the message' }).click();
  await admin.getByRole('dialog').getByLabel('Reason').fill('Not here.');
  await admin.getByRole('dialog').getByRole('button', { name: 'Delete the message' }).click();
  await expect(rude).toHaveCount(0);
  await expect(message(reader, 'You are all fools')).toHaveCount(0);
  await expect(reader.getByText('This message was deleted.').first()).toBeVisible();

  await admin.getByRole('button', { name: 'Suspend Eve' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(admin.getByText('Eve was suspended.')).toBeVisible();
  await admin.getByRole('button', { name: 'Let it stand' }).click();
  await expect(admin.getByText('Nothing is reported')).toBeVisible();
  await expect(message(reader, 'I like coffee')).toBeVisible();
});

test('a group keeps out whom its admins ban, until they lift it', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const eve = await natter.register('eve', 'Eve');
  const group = await natter.group(ann, 'Tea', [eve]);
  const out = await natter.open(eve);
  await expect(row(out, 'Tea')).toBeVisible();
  const page = await natter.open(ann, `/#/rooms/${group}/details`);
  const settings = page.getByRole('dialog', { name: 'About this group' });
  await settings.getByLabel('Actions for Eve').click();
  await settings.getByRole('button', { name: 'Ban from the group' }).click();
  const ban = page.getByRole('dialog', { name: 'Ban Eve' });
  await ban.getByLabel('Reason').fill('Rude.');
  await ban.getByRole('button', { name: 'Ban from the group' }).click();
  await expect(row(out, 'Tea')).toHaveCount(0);
  const banned = settings.getByRole('listitem').filter({ hasText: 'By Ann' });
  await expect(banned).toContainText('Rude.');

  await settings.getByRole('button', { name: 'Add people' }).click();
  await settings.getByLabel('Add people').fill('eve');
  await settings.getByRole('checkbox', { name: 'Eve' }).check();
  await settings.getByRole('button', { name: 'Add 1 person' }).click();
  await expect(settings.getByRole('alert')).toContainText('banned from this group');
  await settings.getByRole('button', { name: 'Lift the ban of Eve' }).click();
  await expect(banned).toHaveCount(0);
  await settings.getByRole('button', { name: 'Add 1 person' }).click();
  await expect(row(out, 'Tea')).toBeVisible();
});
