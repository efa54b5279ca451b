/** Pictures of the admin's pages. */
import type { Page } from '@playwright/test';
import { test } from '../fixtures';
import type { Natter, Person } from '../natter';
import { LOOKS } from './looks';
import { peopled, POLICIES, type Scene } from './scene';

test.describe.configure({ mode: 'parallel' });
test.use({
  settings: { 'registration.mode': 'approval', 'policies.upload_bytes': '8388608' },
  policies: POLICIES,
});

for (const { name, isPhone, options, shoot } of LOOKS) {
  test(`the admin's pages about people, ${name}`, async ({ natter }) => {
    const scene = await peopled(natter);
    const outside = await natter.open(null, '/admin', options);
    await outside.getByLabel('User name').waitFor();
    await shoot(outside, '50-admin-login');
    const member = await natter.open(scene.bob, '/admin', options);
    await member.getByRole('alert').waitFor();
    await shoot(member, '51-admin-refused');

    const page = await natter.open(scene.ada, '/admin#/approvals', options);
    await page.getByText('Nobody waits').waitFor();
    await shoot(page, '52-approvals-empty');
    await newcomers(natter);
    await page.reload();
    await page.getByText('my grandmother').waitFor();
    await shoot(page, '53-approvals');
    await page.getByLabel('Select all').check();
    await shoot(page, '54-approvals-selected');
    await page.getByRole('group').getByRole('button', { name: 'Reject' }).click();
    await page.getByLabel('Reason').fill('We only take people whom somebody here knows.');
    await shoot(page, '55-approvals-reject');
    await page.keyboard.press('Escape');

    await go(page, 'people', 'Mary');
    await natter.rest('POST', '/admin/mutes', scene.ada, { user_id: scene.bob.user_id, seconds: 86400, reason: 'A day off.' });
    await page.reload();
    await page.getByText('Muted until').waitFor();
    await shoot(page, '58-people');
    await page.getByRole('button', { name: 'Mute', exact: true }).first().click();
    await shoot(page, '59-mute');
    await page.keyboard.press('Escape');

    await go(page, 'invites', 'There are no invites');
    await shoot(page, '60-invites-empty');
    await invites(natter, scene.ada);
    await page.reload();
    await page.getByText('For the choir').waitFor();
    await shoot(page, '61-invites');
    await page.getByRole('button', { name: 'New invite' }).click();
    await page.getByLabel('Label').fill('For the reading group');
    await shoot(page, '62-new-invite');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('The invite is ready').waitFor();
    await shoot(page, '63-invite-made');
    await page.getByRole('button', { name: 'Done' }).click();

    await go(page, 'audit', 'Approved');
    await shoot(page, '64-audit');
    if (isPhone) {
      await page.getByRole('button', { name: 'Menu' }).click();
      await shoot(page, '65-menu');
    }
  });

  test(`the admin's pages about policies, ${name}`, async ({ natter }) => {
    const scene = await peopled(natter);
    await newcomers(natter);
    await held(natter, scene);
    const page = await natter.open(scene.ada, '/admin', options);
    await page.getByText('Since the start').waitFor();
    await shoot(page, '70-overview', true);
    await go(page, 'held', 'card');
    await shoot(page, '71-held');
    await page.getByRole('button', { name: 'Show context' }).first().click();
    await page.getByText('Who brings what').first().waitFor();
    await shoot(page, '72-held-context');
    await page.getByRole('button', { name: 'Reject' }).first().click();
    await shoot(page, '73-held-reject');
    await page.keyboard.press('Escape');

    await go(page, 'reports', 'Nothing is reported');
    await reported(natter, scene);
    await page.getByText('Not what I came for').waitFor();
    await shoot(page, '56-reports');
    await page.getByRole('button', { name: 'Delete the message' }).first().click();
    await shoot(page, '57-report-delete');
    await page.keyboard.press('Escape');

    await go(page, 'plugins', 'admin-approval');
    await shoot(page, '74-plugins');
    await page.getByRole('button', { name: 'Upload a plugin' }).click();
    await shoot(page, '75-upload');
    await page.keyboard.press('Escape');
    await go(page, 'plugins/message-filter', 'Live log');
    await page.getByRole('group', { name: 'words' }).waitFor();
    await shoot(page, '76-plugin', true);
    await go(page, 'plugins/admin-approval', 'Who waits');
    await page.getByRole('group', { name: 'questions' }).waitFor();
    await shoot(page, '77-plugin-with-panel', true);
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await shoot(page, '78-remove');
    await page.keyboard.press('Escape');

    await go(page, 'panels', 'Who waits');
    await shoot(page, '79-panels');
    await page.getByRole('button', { name: 'Reject' }).first().click();
    await page.getByLabel('Reason, which').waitFor();
    await shoot(page, '80-panel-form');
    await page.keyboard.press('Escape');
    await go(page, 'decisions', 'hold');
    await shoot(page, '81-decisions');
    await page.route('**/api/v1/**', (route) => route.abort());
    await go(page, 'people', 'cannot be reached');
    await shoot(page, '82-unreachable');
  });
}

/** Goes to a section and waits until this is there. */
async function go(page: Page, section: string, text: string): Promise<void> {
  await page.evaluate((section) => (location.hash = `#/${section}`), section);
  await page.getByRole('main').getByText(text).first().waitFor();
}

async function newcomers(natter: Natter): Promise<void> {
  const answers = [
    ['grace', 'Grace Hopper', 'To find out what a compiler can do for a choir.', 'Bob Noyce'],
    ['hedy', 'Hedy Lamarr', 'I sing alto, and my grandmother sang here.\nShe said that there are biscuits.', ''],
    ['long', 'A-name-that-does-not-end-and-has-no-blanks-anywhere-in-it-at-all-really', 'Short.', 'Somebody'],
  ] as const;
  for (const [username, name, why, who] of answers) {
    const person = await natter.register(username, name);
    const given = [{ question_id: 'why', text: why }, ...(who ? [{ question_id: 'who', text: who }] : [])];
    await natter.rest('POST', '/me/registration', person, { answers: given });
  }
}

async function invites(natter: Natter, ada: Person): Promise<void> {
  const choir = { label: 'For the choir', max_uses: 20, valid_seconds: 604_800 };
  const over = await natter.rest<{ invite_id: string }>('POST', '/admin/invites', ada, { label: 'Summer party', max_uses: 5 });
  await natter.rest('DELETE', `/admin/invites/${over.invite_id}`, ada);
  await natter.rest('POST', '/admin/invites', ada, choir);
}

async function reported(natter: Natter, { ada, mary, group }: Scene): Promise<void> {
  const { messages } = await natter.rest<{ messages: { message_id: string; body: string }[] }>('GET', `/rooms/${group}/messages`, ada);
  const report = async (person: Person, words: string, body: object): Promise<void> => {
    const found = messages.find((message) => message.body.includes(words));
    await natter.rest('POST', `/rooms/${group}/messages/${found?.message_id}/report`, person, body);
  };
  await report(ada, 'Ginger', { reason: 'Not what I came for.' });
  await report(mary, 'Ginger', {});
  await report(mary, 'Two kinds', { reason: 'An advertisement.\nAnd not the first one.' });
}

async function held(natter: Natter, { ada, bob, group }: Scene): Promise<void> {
  await natter.say(bob, { room_id: group }, 'My card is 1234-5678, in case somebody goes shopping.');
  await natter.say(bob, { to: ada.user_id }, 'And the door code is 1111-2222');
  await natter.say(bob, { room_id: group }, 'Look at http://evil.example/now');
  await natter.say(bob, { room_id: group }, 'darn it');
}
