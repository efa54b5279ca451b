import type { Code } from '../errors';

const errors: Partial<Record<Code, string>> = {
  unreachable: 'The server cannot be reached.',
  overloaded: 'The server is busy. Try again in a moment.',
  rate_limited: 'That was too fast. Try again in a moment.',
  draining: 'The server is restarting.',
  internal: 'Something went wrong on the server.',
  forbidden: 'You may not do that.',
  not_found: 'There is no such thing, or none that you may see.',
  too_large: 'That is too large.',
  unauthenticated: 'You were logged out.',
  bad_credentials: 'Unknown user name or wrong password.',
  account_rejected: 'Your account was refused.',
  account_suspended: 'Your account is locked.',
  registration_closed: 'This server takes newcomers only by invite.',
  invalid_invite: 'This invite is not valid: unknown, used up, or too old.',
  username_taken: 'Somebody has that name already.',
  already_set_up: 'This server has an admin already.',
};

export default {
  close: 'Close',
  cancel: 'Cancel',
  retry: 'Try again',
  loading: 'Loading…',
  notLoaded: 'This part of Natter could not be loaded. The server cannot be reached, or has a new version.',
  reload: 'Reload the page',
  language: 'Language',
  theme: 'Appearance',
  themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
  /** What is said of an error; one without a text of its own says what the server said. */
  error: (code: Code, message: string): string => errors[code] ?? message,
};
