// A FEEL value that came as JSON, in words.
import type { Fields, Json } from '../api/types';
import { number } from '../model/time';
import { language, t } from '../model/words';

export function show(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return value.map(show).filter(Boolean).join('; ');
  if (typeof value === 'object') {
    const own = value[language()];
    if (typeof own === 'string') return own; // a text in several languages
    return Object.values(value).map(show).filter(Boolean).join('; ');
  }
  return value;
}

// What a worker is shown as the cause: texts and lists of texts. Whole sets of answers are drawn as
// trends and listed as answers instead; bare numbers say nothing without their name.
export function causes(fields: Fields): string[] {
  const found: string[] = [];
  for (const value of Object.values(fields)) {
    const each = Array.isArray(value) ? value : [value];
    for (const one of each) {
      const isText = typeof one === 'string'
        || (one !== null && typeof one === 'object' && !Array.isArray(one)
            && typeof one[language()] === 'string');
      if (isText && show(one) !== '' && !found.includes(show(one))) found.push(show(one));
    }
  }
  return found;
}
