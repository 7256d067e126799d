// A few large figures that answer "is it well?" before any detail is read.
import { inUnit } from '../model/time';
import { isOne, t } from '../model/words';

export interface Tile {
  value: string;
  label: string;
  tone?: 'good' | 'bad';
}

export function Glance({ tiles }: { tiles: Tile[] }) {
  return (
    <ul class="glance">
      {tiles.map((tile) => (
        <li key={tile.label} class={tile.tone ?? ''}><strong>{tile.value}</strong> {tile.label}</li>
      ))}
    </ul>
  );
}

// How many promises hold: one square each, met first; the words say the same.
export function Scoreboard({ met, missed, unsure }: { met: number; missed: number; unsure: number }) {
  const square = (kind: string, mark: string) => (_: unknown, i: number) =>
    <span key={`${kind}${i}`} class={kind}>{mark}</span>;
  const of = (count: number) => Array.from({ length: count });
  return (
    <div class="scoreboard">
      <span class="squares" aria-hidden="true">
        {of(met).map(square('good', '✓'))}{of(missed).map(square('bad', '✕'))}{of(unsure).map(square('open', '?'))}
      </span>
      <span><strong>{met}</strong> {t(isOne(met) ? 'target_met' : 'targets_met')}
        {' · '}<strong>{missed}</strong> {t(isOne(missed) ? 'target_missed' : 'targets_missed')}
        {unsure > 0 && <> · <strong>{unsure}</strong> {t('verdict_unsure')}</>}</span>
    </div>
  );
}

export const percentTile = (share: number | null, label: string, bad = false): Tile =>
  ({ value: inUnit(share, 'share'), label, tone: bad ? 'bad' : undefined });
