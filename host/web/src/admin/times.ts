/** Times and amounts in words, as the language and this browser's zone have them. */
import { language } from '../base/language.svelte';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `3 Nov 2026, 14:05:09` */
export function dateTimeOf(at: string): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at));
}

/** `3 hours`: the largest unit that fits, of a span up to now. */
export function sinceOf(at: string): string {
  const seconds = Math.max(0, (Date.now() - Date.parse(at)) / 1_000);
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? (['second', 1] as const);
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(Math.floor(seconds / length));
}

/** `1,204` */
export function countOf(count: number): string {
  return new Intl.NumberFormat(language()).format(count);
}

/** `85 µs`, `1.3 ms` */
export function microsOf(micros: number): string {
  const unit = micros < 1_000 ? 'microsecond' : 'millisecond';
  const value = micros < 1_000 ? micros : micros / 1_000;
  return new Intl.NumberFormat(language(), { style: 'unit', unit, maximumSignificantDigits: 3 }).format(value);
}
