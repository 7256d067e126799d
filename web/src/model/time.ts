// Times as people read them. The server's clock counts, not this computer's: every list says `now`.
import { language, locale, t } from './words';

const make = (options: Intl.DateTimeFormatOptions) => (instant: string | number | Date) =>
  new Date(instant).toLocaleString(locale(), options);

export const dateTime = make({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
export const clock = make({ hour: '2-digit', minute: '2-digit' });
export const date = make({ day: 'numeric', month: 'short', year: 'numeric' });
export const shortDate = make({ day: 'numeric', month: 'short' });
export const weekday = make({ weekday: 'long', day: 'numeric', month: 'long' });

// "3 min", "2 h 05", "4 j": as short as it can be said.
export function span(milliseconds: number): string {
  if (milliseconds <= -60000) return `−${span(-milliseconds)}`;
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(hours / 24)} ${t('day_short')}`;
}

// "il y a 3 min", "in 2 h 05".
export function relative(instant: string, now: string): string {
  const gap = Date.parse(instant) - Date.parse(now);
  if (Math.abs(gap) < 60000) return t('just_now');
  return t(gap < 0 ? 'ago' : 'ahead', span(Math.abs(gap)));
}

// Today: the time is enough. Else day and time.
export function moment(instant: string, now: string): string {
  const same = new Date(instant).toDateString() === new Date(now).toDateString();
  return same ? clock(instant) : dateTime(instant);
}

export function ageInYears(birthDate: string, now: string): number | null {
  if (!/^\d{4}/.test(birthDate)) return null;
  const [year, month = 1, day = 1] = birthDate.split('-').map(Number);
  const at = new Date(now);
  const passed = at.getMonth() + 1 > month || (at.getMonth() + 1 === month && at.getDate() >= day);
  return at.getFullYear() - year - (passed ? 0 : 1);
}

export function number(value: number, digits = 2): string {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits }).replace(/^-/, '\u2212');
}

// Two or three figures that count, whatever the size.
export function figure(value: number, significant = 3): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const decimals = size === 0 ? 0 : Math.max(0, significant - 1 - Math.floor(Math.log10(size)));
  return number(value, Math.min(decimals, 4));
}

const percent = (share: number) =>
  `${number(share * 100, 1)}${language() === 'fr' ? '\u202f' : ''}%`;

// Minutes as people say them: "12 min", "3 h 20", "5 j".
export function minutes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (Math.abs(value) < 60) return `${figure(value, 2)} min`;
  return span(value * 60000);
}

// A value of an indicator with its unit, as src/pathway/indicators.cpp names the units.
export function inUnit(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  switch (unit) {
    case 'share': return percent(value);
    case 'min':
    case 'minutes': return minutes(value);
    case 'h':
    case 'hours': return `${figure(value)} h`;
    case 'days': return `${figure(value)} ${t('unit_days')}`;
    case 'per_patient_day': return `${figure(value)} ${t('unit_per_patient_day')}`;
    case 'min_per_patient_day': return `${figure(value)} ${t('unit_min_per_patient_day')}`;
    default: return figure(value);
  }
}

// The part of a unit that is long in words and stands small beside the figure.
export function unitWords(unit: string): string {
  if (unit === 'per_patient_day') return t('unit_per_patient_day');
  return unit === 'min_per_patient_day' ? t('unit_min_per_patient_day').replace(/^min /, '') : '';
}

// A difference: of shares in points, with its sign.
export function difference(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const text = unit === 'share' ? `${number(value * 100, 1)} ${t('points')}` : inShortUnit(value, unit);
  return `${value > 0 ? '+' : ''}${text}`;
}

// The same without the words that a label beside it already says.
export function inShortUnit(value: number | null | undefined, unit: string): string {
  if (unit === 'per_patient_day') return inUnit(value, '');
  if (unit === 'min_per_patient_day') return `${inUnit(value, '')} min`;
  if (unit === 'days' && value !== null && value !== undefined) return `${figure(value)} ${t('day_short')}`;
  return inUnit(value, unit);
}
