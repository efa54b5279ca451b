import { explain } from '../base/attempt.svelte';
import { apiError } from '../base/errors';
import { toast } from '../base/toasts.svelte';
import { text } from './text';

/** Does something with each, one after the other, and tells what failed; gives how many went well. */
export async function forEach<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<number> {
  let done = 0;
  const failures: string[] = [];
  for (const item of items) {
    try {
      await work(item);
      done++;
    } catch (error) {
      failures.push(explain(apiError(error)));
    }
  }
  const [first] = failures;
  if (first !== undefined) toast(failures.length > 1 ? text().failed(failures.length, first) : first, 'error');
  return done;
}
