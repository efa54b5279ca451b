import type { Code } from '../errors';

/** Every error has its words; where only the server knows more, they say what it said. */
export type Errors = Record<Code, string | ((said: string) => string)>;

/** What to say of an error. A code of a newer server has no words but the server's own. */
export function wordsOf(errors: Partial<Errors>, code: Code, said: string): string {
  const words = errors[code] ?? said;
  return typeof words === 'string' ? words : words(said);
}
