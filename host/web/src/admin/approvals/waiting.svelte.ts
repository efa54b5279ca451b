/** Who waits to be let in, with what the policies' panels say of them. */
import { api, call } from '../../base/api';
import type { Account, Panel } from '../../wire';
import { names } from '../names.svelte';
import type { Offer } from '../panels/clicks.svelte';

/** What a panel says of somebody, below a column's head. */
export interface Fact {
  head: string;
  text: string;
}

export interface Newcomer {
  account: Account;
  facts: Fact[];
  /** What panels offer to do besides. */
  offers: Offer[];
}

export interface Waiting {
  newcomers: Newcomer[];
  /** Whether there are more than were asked for. */
  more: boolean;
}

/** As many as the server gives at once. */
const LIMIT = 200;
/** The server's own decisions, which ask the plugin that offers them. */
const OWN = ['approve', 'reject'];

export async function loadWaiting(): Promise<Waiting> {
  const query = { status: 'pending', limit: LIMIT } as const;
  const [page, shown] = await Promise.all([
    call(api.GET('/api/v1/admin/users', { params: { query } })),
    call(api.GET('/api/v1/admin/panels')),
  ]);
  names.learn(page.users);
  const panels = shown.plugins.flatMap(({ plugin, panels }) => panels.map((panel) => ({ plugin, panel })));
  const newcomers = page.users.map((account) => {
    const newcomer: Newcomer = { account, facts: [], offers: [] };
    for (const { plugin, panel } of panels) addFrom(plugin, panel, newcomer);
    return newcomer;
  });
  return { newcomers, more: Boolean(page.next) };
}

/** Takes what one panel has about somebody. Its first column names the row: that is the account's own name here. */
function addFrom(plugin: string, panel: Panel, newcomer: Newcomer): void {
  const row = panel.rows.find((row) => row.id === newcomer.account.user_id);
  if (!row) return;
  for (const [at, head] of panel.columns.entries()) {
    const text = row.cells[at]?.trim();
    if (at > 0 && text) newcomer.facts.push({ head, text });
  }
  for (const action of panel.actions) {
    const isOffered = row.actions.includes(action.id) && !OWN.includes(action.id);
    if (isOffered) newcomer.offers.push({ plugin, panel, action, rows: [row] });
  }
}

export async function approve(account: Account): Promise<void> {
  const params = { path: { user_id: account.user_id } };
  await call(api.POST('/api/v1/admin/users/{user_id}/approve', { params, body: {} }));
}

export async function reject(account: Account, reason: string | null): Promise<void> {
  const params = { path: { user_id: account.user_id } };
  await call(api.POST('/api/v1/admin/users/{user_id}/reject', { params, body: { reason } }));
}
