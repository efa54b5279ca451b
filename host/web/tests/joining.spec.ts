/** How people get in: the first admin, sign-up with questions, waiting, approval, refusal, invites. */
import { expect, test } from './fixtures';
import type { Natter, Person } from './natter';

const QUESTIONS = `
grants = ["set_status"]
[config]
questions = [{ id = "why", text = "Why do you come?" }]
`;

async function decide(natter: Natter, admin: Person, username: string, action: string, body: object): Promise<void> {
  interface Users {
    users: { user_id: string; username: string }[];
  }
  const { users } = await natter.rest<Users>('GET', '/admin/users?status=pending', admin);
  const person = users.find((user) => user.username === username);
  await natter.rest('POST', `/admin/users/${person?.user_id}/${action}`, admin, body);
}

test.describe('with approval', () => {
  test.use({ settings: { 'registration.mode': 'approval' }, policies: { 'admin-approval': QUESTIONS } });

  test('the link that the server prints makes the first admin, once', async ({ natter }) => {
    const page = await natter.open(null);
    await expect(page.getByText('This server has no admin yet')).toBeVisible();
    await page.goto(natter.setupLink);
    await page.getByLabel('User name').fill('ada');
    await page.getByLabel('Password').fill('correct horse');
    await page.getByRole('button', { name: 'Create the admin' }).click();
    await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();

    const late = await natter.open(null, '/#/signup');
    await expect(late.getByText('An admin looks at newcomers')).toBeVisible();
    await late.goto(`${natter.url}/#/login`);
    await expect(late.getByRole('heading', { name: 'Log in' })).toBeVisible();
    await expect(late.getByText('This server has no admin yet')).toHaveCount(0);
    await late.goto(natter.setupLink);
    await late.getByLabel('User name').fill('eve');
    await late.getByLabel('Password').fill('correct horse');
    await late.getByRole('button', { name: 'Create the admin' }).click();
    await expect(late.getByRole('alert')).toHaveText('This server has an admin already.');
  });

  test('a newcomer answers, waits, and is in as soon as an admin says so', async ({ natter }) => {
    const ada = await natter.setUp();
    const page = await natter.open(null, '/#/signup');
    await expect(page.getByText('An admin looks at newcomers')).toBeVisible();
    await page.getByLabel('User name').fill('grace');
    await page.getByLabel('Password').fill('battery staple');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByLabel('Why do you come?').fill('To talk.');
    await page.getByRole('button', { name: 'Send the answers' }).click();
    await expect(page.getByRole('heading', { name: 'Waiting for approval' })).toBeVisible();
    await expect(page.getByText('You signed up as grace.')).toBeVisible();
    // Who comes back waits on, and need not answer again.
    await page.reload();
    await expect(page.getByText('You signed up as grace.')).toBeVisible();
    await decide(natter, ada, 'grace', 'approve', {});
    await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();
  });

  test('who is refused reads why, at once and at the next login', async ({ natter }) => {
    const ada = await natter.setUp();
    const page = await natter.open(await natter.register('mallory'));
    await expect(page.getByLabel('Why do you come?')).toBeVisible();
    await decide(natter, ada, 'mallory', 'reject', { reason: 'Nobody here knows <b>you</b>.' });
    await expect(page.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
    await expect(page.getByText('Reason: Nobody here knows <b>you</b>.')).toBeVisible();
    await page.getByRole('button', { name: 'To the login' }).click();
    await page.getByLabel('User name').fill('mallory');
    await page.getByLabel('Password').fill('correct horse');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('alert')).toHaveText('Nobody here knows <b>you</b>.');
  });
});

test.describe('by invite only', () => {
  test.use({ settings: { 'registration.mode': 'closed' }, policies: { 'admin-approval': 'grants = ["set_status"]' } });

  test('an invite link lets in, and without one the page asks for a code', async ({ natter }) => {
    const ada = await natter.setUp();
    const { code } = await natter.rest<{ code: string }>('POST', '/admin/invites', ada, { max_uses: 1 });
    const page = await natter.open(null, '/#/signup');
    await page.getByLabel('Invite code').fill('no-such-code');
    await page.getByLabel('User name').fill('grace');
    await page.getByLabel('Password').fill('battery staple');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await expect(page.getByRole('alert')).toContainText('This invite is not valid');
    await page.goto(`${natter.url}/#/join/${code}`);
    await expect(page.getByText('You come by an invite.')).toBeVisible();
    await page.getByLabel('User name').fill('grace');
    await page.getByLabel('Password').fill('battery staple');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await expect(page.getByRole('heading', { name: 'Chats' })).toBeVisible();
  });
});

test('what is wrong with a sign-up stands beside it', async ({ natter }) => {
  await natter.register('grace');
  const page = await natter.open(null, '/#/signup');
  await page.getByLabel('User name').fill('grace');
  await page.getByLabel('Password').fill('battery staple');
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.getByText('Somebody has that name already.')).toBeVisible();
  await expect(page.getByLabel('User name')).toHaveAttribute('aria-invalid', 'true');
});

test('logging out ends the login, and the language and the look are kept', async ({ natter }) => {
  const page = await natter.open(await natter.register('grace'), '/#/profile');
  await page.getByLabel('Language').selectOption('de');
  await expect(page.getByRole('heading', { name: 'Dein Profil' })).toBeVisible();
  await page.getByLabel('Darstellung').selectOption('dark');
  await page.getByRole('button', { name: 'Abmelden' }).click();
  await expect(page.getByRole('heading', { name: 'Anmelden' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.locator('html')).toHaveCSS('color-scheme', 'dark');
  expect(await page.evaluate(() => localStorage.getItem('natter.login'))).toBeNull();
});
