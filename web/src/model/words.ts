// The words of the pages in the language of the person, and the choice of that language.
import { en } from './words/en';
import { fr } from './words/fr';

export type Key = keyof typeof fr;
export type Language = 'fr' | 'en';

const texts: Record<Language, Record<Key, string>> = { fr, en };

function remembered(): string | null {
  try {
    return localStorage.getItem('language');
  } catch {
    return null; // storage may be switched off; the browser's language then decides
  }
}

const stored = remembered();
let current: Language = stored === 'fr' || stored === 'en' ? stored
  : navigator.language.startsWith('fr') ? 'fr' : 'en';
document.documentElement.lang = current;

export const language = (): Language => current;
export const locale = () => (current === 'fr' ? 'fr-FR' : 'en-GB');

export function setLanguage(next: Language): void {
  current = next;
  document.documentElement.lang = next;
  try {
    localStorage.setItem('language', next);
  } catch {
    // Remembered for this page only.
  }
}

// Whoever has not chosen yet gets the language of the account.
export function proposeLanguage(next: string): void {
  if (remembered() === null && (next === 'fr' || next === 'en')) {
    current = next;
    document.documentElement.lang = next;
  }
}

export function t(key: Key, ...values: (string | number)[]): string {
  return values.reduce<string>((out, value, i) => out.replace(`{${i}}`, String(value)),
                               texts[current][key]);
}

// A word that may not be there: an id of the server's, shown as written when it is unknown.
export function wordFor(prefix: string, id: string): string {
  const key = `${prefix}_${id}`;
  return key in texts[current] ? t(key as Key) : id.replace(/_/g, ' ');
}
