/** How the server does, by what it tells whoever operates it. */
import { ApiError } from '../../base/errors';
import type en from '../text/en';

export type CounterName = keyof (typeof en)['overview']['counterNames'];

/** What is shown of the counters, by their names in `/metrics`. */
const COUNTERS: Record<CounterName, (line: string) => boolean> = {
  messages: (line) => line.startsWith('natter_messages_accepted_total '),
  events: (line) => line.startsWith('natter_events_received_total '),
  pushes: (line) => line.startsWith('natter_pushes_total '),
  slow: (line) => line.startsWith('natter_slow_consumers_total '),
  rateLimited: (line) => line.startsWith('natter_rate_limited_total '),
  serverErrors: (line) => line.startsWith('natter_http_requests_total{class="5xx"} '),
  panics: (line) => line.startsWith('natter_panics_total '),
};

/** Whether the server takes traffic. */
export async function loadReady(): Promise<boolean> {
  return (await asked('/readyz')).ok;
}

/** The lines of `/metrics`. */
export async function loadCounts(): Promise<string[]> {
  const answer = await asked('/metrics');
  if (!answer.ok) throw ApiError.unreachable();
  return (await answer.text()).split('\n');
}

/** In the order in which they are shown; what was never counted is 0. */
export function countersOf(lines: string[]): { name: CounterName; count: number }[] {
  return (Object.keys(COUNTERS) as CounterName[]).map((name) => {
    const line = lines.find(COUNTERS[name]);
    return { name, count: Number(line?.split(' ').at(-1) ?? 0) };
  });
}

function asked(path: string): Promise<Response> {
  return fetch(path).catch(() => {
    throw ApiError.unreachable();
  });
}
