import type { Code } from '../errors';
import type en from './en';

const errors: Partial<Record<Code, string>> = {
  unreachable: 'Der Server ist nicht erreichbar.',
  overloaded: 'Der Server ist ausgelastet. Versuch es gleich noch einmal.',
  rate_limited: 'Das war zu schnell. Versuch es gleich noch einmal.',
  draining: 'Der Server startet neu.',
  internal: 'Auf dem Server ist etwas schiefgegangen.',
  forbidden: 'Das darfst du nicht.',
  not_found: 'Das gibt es nicht, oder du darfst es nicht sehen.',
  too_large: 'Das ist zu groß.',
  unauthenticated: 'Du wurdest abgemeldet.',
  bad_credentials: 'Unbekannter Benutzername oder falsches Passwort.',
  account_rejected: 'Dein Konto wurde abgelehnt.',
  account_suspended: 'Dein Konto ist gesperrt.',
  registration_closed: 'Dieser Server nimmt Neue nur mit Einladung auf.',
  invalid_invite: 'Diese Einladung gilt nicht: unbekannt, verbraucht oder zu alt.',
  username_taken: 'Diesen Namen hat schon jemand.',
  already_set_up: 'Dieser Server hat schon jemanden für die Verwaltung.',
};

export default {
  close: 'Schließen',
  cancel: 'Abbrechen',
  retry: 'Noch einmal',
  loading: 'Lädt …',
  notLoaded: 'Dieser Teil von Natter ließ sich nicht laden. Der Server ist nicht erreichbar oder hat eine neue Version.',
  reload: 'Seite neu laden',
  language: 'Sprache',
  theme: 'Darstellung',
  themes: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  error: (code, message) => errors[code] ?? message,
} satisfies typeof en;
