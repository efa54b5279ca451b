import type { Invite } from '../../wire';

export type InviteState = 'valid' | 'revoked' | 'expired' | 'used';

/** Whether its code still lets somebody come. */
export function stateOf(invite: Invite): InviteState {
  if (invite.revoked_at) return 'revoked';
  if (invite.expires_at && Date.parse(invite.expires_at) <= Date.now()) return 'expired';
  if (typeof invite.max_uses === 'number' && invite.uses >= invite.max_uses) return 'used';
  return 'valid';
}

/** What to send to a newcomer. */
export function linkOf(code: string): string {
  return `${location.origin}/#/join/${encodeURIComponent(code)}`;
}
