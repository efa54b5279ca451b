/** Times in words, as the language and this browser's zone have them. */
import { language } from '../../base/language.svelte';
import { text } from '../text';

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The browser's own form of the language: `en-GB` has other times than `en-US`. */
function locale(): string {
  return navigator.languages.find((tag) => tag.startsWith(language())) ?? language();
}

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language()} ${name}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale(), options)));
  return found;
}

/** `14:05` */
export function timeOf(at: string): string {
  return format('time', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

/** `3 Nov 2026, 14:05` */
export function dateTimeOf(at: string): string {
  return format('date time', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
}

export function isSameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** `Today`, `Yesterday`, `Monday`, `3 November 2026` */
export function dayOf(at: string): string {
  const days = daysAgo(at);
  if (days === 0) return text().room.today;
  if (days === 1) return text().room.yesterday;
  if (days < 7) return format('weekday', { weekday: 'long' }).format(new Date(at));
  return format('date', { dateStyle: 'long' }).format(new Date(at));
}

/** For a row of the list: the time today, the day before. */
export function shortlyOf(at: string): string {
  const days = daysAgo(at);
  if (days === 0) return timeOf(at);
  if (days === 1) return text().room.yesterday;
  if (days < 7) return format('short weekday', { weekday: 'short' }).format(new Date(at));
  return format('short date', { dateStyle: 'short' }).format(new Date(at));
}

function daysAgo(at: string): number {
  const midnight = (date: Date): number => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(new Date()) - midnight(new Date(at))) / DAY_MS);
}
