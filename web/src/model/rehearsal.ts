// What the page draws of a rehearsal: names in the language, hours joined to days where there are
// too many to see.
import type { Difference, Estimate, Rehearsal, Texts } from '../api/rehearsal';
import { language, t, wordFor } from './words';

export function words(texts: Texts | null | undefined, otherwise: string): string {
  if (typeof texts === 'string') return texts || otherwise;
  return texts?.[language()] || texts?.en || texts?.fr || otherwise;
}

export const scenarioName = (r: Rehearsal | null): string =>
  (r === null ? t('as_written') : words(r.scenario_name, r.scenario || t('as_written')));

export type Judgement = 'met' | 'missed' | 'unsure' | null;

// As in the review: only what the whole interval says. With one trial there is no interval and the
// value must do.
export function judge(result: Estimate & { grows?: boolean }, target: { at_least: boolean; value: number } | null): Judgement {
  if (result.grows && target && !target.at_least) return 'missed';
  if (!target || result.value === null) return null;
  const low = result.low ?? result.value;
  const high = result.high ?? result.value;
  if (target.at_least) return low >= target.value ? 'met' : high < target.value ? 'missed' : 'unsure';
  return high <= target.value ? 'met' : low > target.value ? 'missed' : 'unsure';
}

// At most about 360 points a line: more cannot be seen, and they cost time to draw.
const most = 360;

export interface Hours {
  times: number[]; // seconds
  join: (values: (number | null)[]) => (number | null)[];
}

export function hoursOf(start: string, hours: number): Hours {
  const steps = [1, 2, 3, 4, 6, 8, 12, 24, 48, 168];
  const step = steps.find((s) => hours / s <= most) ?? 168;
  const count = Math.ceil(hours / step);
  const first = Date.parse(start) / 1000;
  const times = Array.from({ length: count }, (_, i) => first + i * step * 3600);
  const join = (values: (number | null)[]) => times.map((_, i) => {
    const part = values.slice(i * step, (i + 1) * step).filter((v): v is number => v !== null);
    return part.length === 0 ? null : part.reduce((sum, v) => sum + v, 0) / part.length;
  });
  return { times, join };
}

export function roleNames(rehearsal: Rehearsal): Map<string, string> {
  return new Map(rehearsal.staff.map((s) => [s.role, words(s.name, wordFor('role', s.role))]));
}

// The sure ones first, the large ones before the small ones.
export function byWeight(differences: Difference[]): Difference[] {
  const size = (d: Difference) => {
    const scale = Math.max(Math.abs(d.before.value ?? 0), Math.abs(d.after.value ?? 0)) || 1;
    return Math.abs(d.difference.value ?? 0) / scale;
  };
  return [...differences].filter((d) => d.difference.value !== null || d.before_grows || d.after_grows)
    .sort((a, b) => Number(turns(b)) - Number(turns(a)) || Number(b.real) - Number(a.real) || size(b) - size(a));
}

// What grows without end before or after only: there is no difference, and hardly a greater one.
export const turns = (d: Difference) => d.before_grows !== d.after_grows;
