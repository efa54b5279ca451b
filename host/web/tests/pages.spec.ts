/** The pages as the server gives them: whole, small, and under a policy that lets nothing else in. */
import { expect, test } from './fixtures';
import { PASSWORD } from './natter';

test('both entries come up under a strict policy, with nothing refused', async ({ natter, page }) => {
  const refused: string[] = [];
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
  for (const path of ['/', '/admin']) {
    const answer = await page.goto(natter.url + path);
    expect(answer?.headers()['content-security-policy']).toContain("script-src 'self';");
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
  expect(refused).toEqual([]);
});

test('files are kept by their names, and pages by their tags', async ({ natter, request }) => {
  const page = await request.get(natter.url);
  expect(page.headers()['cache-control']).toBe('no-cache');
  const same = await request.get(natter.url, { headers: { 'if-none-match': page.headers()['etag'] ?? '' } });
  expect(same.status()).toBe(304);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? '';
  for (const encoding of ['br', 'gzip', 'identity']) {
    const answer = await request.get(natter.url + script, { headers: { 'accept-encoding': encoding } });
    expect(answer.headers()['content-encoding'] ?? 'identity').toBe(encoding);
    expect(answer.headers()['content-type']).toBe('text/javascript; charset=utf-8');
    expect(answer.headers()['cache-control']).toContain('immutable');
  }
  expect((await request.get(`${natter.url}/assets/none.js`)).status()).toBe(404);
});

test('the chat comes up with at most 120 KB of JavaScript', async ({ natter }) => {
  const page = await natter.open(await natter.register('ann'));
  await expect(page.getByText('No chats yet')).toBeVisible();
  const bytes = await page.evaluate(() =>
    (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name }) => name.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  );
  console.log(`first load of the chat: ${bytes} bytes of compressed JavaScript`);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(120_000);
});

test('where a part of the client is gone, the page says so, and comes back when it is loaded anew', async ({ natter }) => {
  await natter.register('ann');
  const page = await natter.open(null);
  await page.route(/\/assets\/(Main|Shell|de)-/, (route) => route.fulfill({ status: 404 }));
  await page.getByLabel('Language').selectOption('de');
  await expect(page.getByRole('alert')).toContainText('could not be loaded');
  await expect(page.getByLabel('Language')).toHaveValue('en');
  await page.getByLabel('User name').fill('ann');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByText('No chats yet')).toBeVisible();
  await page.route(/\/assets\/en-/, (route) => route.abort());
  await page.reload();
  await expect(page.getByRole('alert')).toContainText('could not be loaded');
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByText('No chats yet')).toBeVisible();
});
