// A FEEL value that came as JSON, in words.
import type { Json } from '../api/types';
import { language, t } from '../model/words';

export function show(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (Array.isArray(value)) return value.map(show).filter(Boolean).join(' ; ');
  if (typeof value === 'object') {
    const own = value[language()];
    if (typeof own === 'string') return own; // a text in several languages
    return Object.values(value).map(show).filter(Boolean).join(' ; ');
  }
  return String(value);
}
