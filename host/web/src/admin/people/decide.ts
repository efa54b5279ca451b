/** What an admin may decide about an account, by its status. */
import { api, call } from '../../base/api';
import type { Account, AccountStatus } from '../../wire';

export type Decision = 'approve' | 'reject' | 'suspend' | 'reinstate';

export const DECISIONS: Record<AccountStatus, Decision[]> = {
  pending: ['approve', 'reject'],
  active: ['suspend'],
  suspended: ['reinstate'],
  rejected: ['approve'],
  deleted: [],
};

const PATHS = {
  approve: '/api/v1/admin/users/{user_id}/approve',
  reject: '/api/v1/admin/users/{user_id}/reject',
  suspend: '/api/v1/admin/users/{user_id}/suspend',
  reinstate: '/api/v1/admin/users/{user_id}/reinstate',
} as const;

/** Gives the account as it is then. */
export function decide(account: Account, decision: Decision, reason: string | null): Promise<Account> {
  const params = { path: { user_id: account.user_id } };
  return call(api.POST(PATHS[decision], { params, body: { reason } }));
}
