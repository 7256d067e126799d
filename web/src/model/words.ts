// The words of the pages in the language of the person, and the choice of that language.
import { speak } from '../api/client';
import { en } from './words/en';
import { fr } from './words/fr';

export type Key = keyof typeof fr;
export type Language = 'fr' | 'en';

const texts: Record<Language, Record<Key, string>> = { fr, en };

const isLanguage = (text: string | null): text is Language => text === 'fr' || text === 'en';

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be switched off; the browser's language then decides
  }
}
function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Remembered for this page only.
  }
}

let account = ''; // whose choice it is: computers in wards are shared
let current: Language = 'fr';
function use(next: Language): void {
  current = next;
  document.documentElement.lang = next;
  speak(next);
}
const stored = remembered('language');
use(isLanguage(stored) ? stored : navigator.language.startsWith('fr') ? 'fr' : 'en');

export const language = (): Language => current;
export const locale = () => (current === 'fr' ? 'fr-FR' : 'en-GB');

export function setLanguage(next: Language): void {
  use(next);
  remember('language', next);
  if (account) remember(`language/${account}`, next);
}

// At log-in: what this person chose here before, else the language of the account.
export function proposeLanguage(who: string, next: string): void {
  account = who;
  const chosen = remembered(`language/${who}`);
  if (isLanguage(chosen)) use(chosen);
  else if (isLanguage(next)) use(next);
}

// "Motif : fièvre", "Cause: fever".
export const named = (name: string, what: string) =>
  `${name}${current === 'fr' ? '\u00a0: ' : ': '}${what}`;

// A French "?" or ":" does not stand alone on the next line.
export const tied = (text: string) => text.replace(/ ([?!:;»%])/g, '\u00a0$1').replace(/« /g, '«\u00a0');

export function t(key: Key, ...values: (string | number)[]): string {
  return values.reduce<string>((out, value, i) => out.replace(`{${i}}`, String(value)),
                               texts[current][key]);
}

// French counts nothing as one: "0 objectif", "0 targets".
export const isOne = (count: number) => (current === 'fr' ? count < 2 : count === 1);

// A word that may not be there: an id of the server's, shown as written when it is unknown.
export function wordFor(prefix: string, id: string): string {
  const key = `${prefix}_${id}`;
  return key in texts[current] ? t(key as Key) : id.replace(/_/g, ' ');
}
