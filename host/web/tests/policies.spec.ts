/** What policies do to messages is told where the message stands. */
import { expect, test } from './fixtures';
import { composer, message, row, tick, write } from './screen';

const FILTER = `
[config]
words = { list = ["darn"], action = "mask" }
patterns = { list = ['\\b\\d{4}-\\d{4}\\b'], action = "hold" }
links = { allowed_hosts = ["example.org"], action = "refuse" }
`;

test.use({ policies: { 'message-filter': FILTER } });

interface Held {
  messages: { message_id: string; body: string }[];
}

test('a message is changed, refused or held, and its author sees which', async ({ natter }) => {
  const ada = await natter.setUp('ada', 'Ada');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ada.user_id }, 'Hello');
  const a = await natter.open(ada);
  const b = await natter.open(bob);
  await row(a, 'Bob').click();
  await row(b, 'Ada').click();

  await write(b, 'darn it');
  await expect(message(a, '**** it')).toBeVisible();
  await expect(message(b, '**** it')).toBeVisible();

  await write(b, 'See https://evil.example now');
  await expect(message(b, 'evil.example')).toContainText('Refused: ');
  await message(b, 'evil.example').getByRole('button', { name: 'Edit and send again' }).click();
  await expect(composer(b)).toHaveValue('See https://evil.example now');
  await write(b, 'See https://example.org now');
  await expect(tick(b, 'example.org', 'Read')).toBeVisible();

  await write(b, 'Mine is 1234-5678');
  await write(b, 'Yours is 8765-4321');
  await expect(message(b, '1234-5678')).toContainText('Held: an admin looks at it');
  await expect(message(b, '8765-4321')).toContainText('Held: an admin looks at it');
  const { messages } = await natter.rest<Held>('GET', '/admin/held', ada);
  const [mine, yours] = messages;
  expect(mine?.body).toBe('Mine is 1234-5678');
  // What is decided while the author is away is learnt when they are back.
  await b.context().setOffline(true);
  await natter.rest('POST', `/admin/held/${mine?.message_id}/release`, ada);
  await natter.rest('POST', `/admin/held/${yours?.message_id}/reject`, ada, { reason: 'Not <i>here</i>' });
  await b.context().setOffline(false);
  await expect(tick(b, '1234-5678', 'Read')).toBeVisible();
  await expect(message(b, '1234-5678')).not.toContainText('Held');
  await expect(message(b, '8765-4321')).toContainText('Refused: Not <i>here</i>');
  await expect(message(a, '1234-5678')).toBeVisible();
  await expect(message(a, '8765-4321')).toHaveCount(0);
  await message(b, '8765-4321').getByRole('button', { name: 'Remove' }).click();
  await expect(message(b, '8765-4321')).toHaveCount(0);
});
