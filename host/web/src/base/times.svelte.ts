/** Times and amounts in words, as the language and this browser's zone have them. */
import { language } from './language.svelte';
import { text } from './text';

const DAY_MS = 86_400_000;
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

/** The midnight with which the present day began: what is called "today" follows it. */
let today = $state(midnight(new Date()));

function turn(): void {
  today = midnight(new Date());
  const tomorrow = new Date(today);
  tomorrow.setDate(tomorrow.getDate() + 1);
  setTimeout(turn, tomorrow.getTime() - Date.now());
}
turn();
// A computer that slept past midnight.
document.addEventListener('visibilitychange', () => (today = midnight(new Date())));

/** The browser's own form of the language: `en-GB` has other times than `en-US`. */
function locale(): string {
  return navigator.languages.find((tag) => tag.startsWith(language())) ?? language();
}

/** Made once for each language and name. */
function format<T extends Intl.DateTimeFormat | Intl.NumberFormat>(name: string, make: (locale: string) => T): T {
  const key = `${language()} ${name}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = make(locale())));
  return found as T;
}

function dateIn(name: string, options: Intl.DateTimeFormatOptions, at: string): string {
  return format(name, (locale) => new Intl.DateTimeFormat(locale, options)).format(new Date(at));
}

function numberIn(name: string, options: Intl.NumberFormatOptions, value: number): string {
  return format(name, (locale) => new Intl.NumberFormat(locale, options)).format(value);
}

/** `14:05` */
export function timeOf(at: string): string {
  return dateIn('time', { hour: '2-digit', minute: '2-digit' }, at);
}

/** `3 Nov 2026, 14:05` */
export function dateTimeOf(at: string): string {
  return dateIn('date time', { dateStyle: 'medium', timeStyle: 'short' }, at);
}

/** `3 Nov 2026, 14:05:09` */
export function exactTimeOf(at: string): string {
  return dateIn('exact time', { dateStyle: 'medium', timeStyle: 'medium' }, at);
}

export function isSameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** `Today`, `Yesterday`, `Monday`, `3 November 2026` */
export function dayOf(at: string): string {
  const days = daysAgo(at);
  if (days === 0) return text().today;
  if (days === 1) return text().yesterday;
  if (days < 7) return dateIn('weekday', { weekday: 'long' }, at);
  return dateIn('date', { dateStyle: 'long' }, at);
}

/** For a row of the list: the time today, the day before. */
export function shortlyOf(at: string): string {
  const days = daysAgo(at);
  if (days === 0) return timeOf(at);
  if (days === 1) return text().yesterday;
  if (days < 7) return dateIn('short weekday', { weekday: 'short' }, at);
  return dateIn('short date', { dateStyle: 'short' }, at);
}

/** `3 hours`: a span up to now. */
export function sinceOf(at: string): string {
  return spanOf(Math.max(0, Date.now() - Date.parse(at)));
}

/** `5 minutes`: in the largest unit that fits. */
export function spanOf(ms: number, round = Math.floor): string {
  const seconds = ms / 1_000;
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? (['second', 1] as const);
  return numberIn(unit, { style: 'unit', unit, unitDisplay: 'long' }, round(seconds / length));
}

/** `1,204` */
export function countOf(count: number): string {
  return numberIn('count', {}, count);
}

/** `85 µs`, `1.3 ms` */
export function microsOf(micros: number): string {
  const unit = micros < 1_000 ? 'microsecond' : 'millisecond';
  const value = micros < 1_000 ? micros : micros / 1_000;
  return numberIn(unit, { style: 'unit', unit, maximumSignificantDigits: 3 }, value);
}

function daysAgo(at: string): number {
  return Math.round((today - midnight(new Date(at))) / DAY_MS);
}

function midnight(date: Date): number {
  return new Date(date).setHours(0, 0, 0, 0);
}
