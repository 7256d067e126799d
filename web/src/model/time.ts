// Times as people read them. The server's clock counts, not this computer's: every list says `now`.
import { language } from './words';

const locale = () => (language() === 'fr' ? 'fr-FR' : 'en-GB');

export function dateTime(instant: string): string {
  return new Date(instant).toLocaleString(locale(), {
    day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit',
  });
}

export function date(instant: string): string {
  return new Date(instant).toLocaleDateString(locale(), { day: 'numeric', month: 'short',
    year: 'numeric' });
}

export function shortDate(instant: string): string {
  return new Date(instant).toLocaleDateString(locale(), { day: 'numeric', month: 'short' });
}

// "3 min", "2 h 05", "4 j": as short as it can be said.
export function span(milliseconds: number): string {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(hours / 24)} ${language() === 'fr' ? 'j' : 'd'}`;
}

export function ageInYears(birthDate: string, now: string): number | null {
  if (!/^\d{4}/.test(birthDate)) return null;
  const [year, month = 1, day = 1] = birthDate.split('-').map(Number);
  const at = new Date(now);
  const passed = at.getMonth() + 1 > month || (at.getMonth() + 1 === month && at.getDate() >= day);
  return at.getFullYear() - year - (passed ? 0 : 1);
}

export function number(value: number, digits = 2): string {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits });
}
