// An indicator as a picture: the target and the side that meets it, then one row per result with
// its 95 % interval, all on one axis.
import { scaleOf } from '../model/scale';
import { difference, inShortUnit, inUnit } from '../model/time';
import { named, t } from '../model/words';

export interface Mark {
  kind: 'main' | 'other' | 'promise' | 'group' | 'differs';
  label: string;
  value: number | null | undefined;
  low?: number | null;
  high?: number | null;
}

interface Props {
  name: string;
  unit: string;
  marks: Mark[];
  target?: { at_least: boolean; value: number } | null;
  differences?: boolean;  // from zero, with their sign
}

const row = 22;
const known = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

export function IntervalPlot({ name, unit, marks, target, differences }: Props) {
  const drawn = marks.filter((m) => known(m.value));
  const scale = scaleOf([...drawn.flatMap((m) => [m.value, m.low, m.high]), target?.value,
                         differences ? 0 : null], unit);
  const short = differences ? difference : inShortUnit;
  if (drawn.length === 0 || !scale) return null;
  const height = drawn.length * row + 10;
  const x = (value: number) => `${2 + scale.at(value) * 0.96}%`;
  const w = (from: number, to: number) => `${Math.max(0, (scale.at(to) - scale.at(from)) * 0.96)}%`;
  const spoken = drawn.map((m) => {
    const range = known(m.low) && known(m.high)
      ? ` (${t('interval')} ${short(m.low, unit)} – ${short(m.high, unit)})` : '';
    return `${m.label} ${differences ? short(m.value, unit) : inUnit(m.value, unit)}${range}`;
  });
  if (target) spoken.push(`${t('target')} ${t(target.at_least ? 'at_least' : 'at_most', inUnit(target.value, unit))}`);
  return (
    <div class="interval">
      <svg width="100%" height={height} role="img" aria-label={named(name, spoken.join('; '))}>
        {target && (
          <rect class="good" y="0" height={height}
            x={target.at_least ? x(target.value) : '2%'}
            width={target.at_least ? w(target.value, scale.to) : w(scale.from, target.value)} />
        )}
        <line class="axis" x1="2%" x2="98%" y1={height - .5} y2={height - .5} />
        {target && <line class="goal" x1={x(target.value)} x2={x(target.value)} y1="0" y2={height} />}
        {differences && <line class="zero" x1={x(0)} x2={x(0)} y1="0" y2={height} />}
        {drawn.map((m, i) => {
          const y = 5 + row * (i + 0.5);
          const value = m.value as number;
          return (
            <g key={m.label} class={`mark-${m.kind}`}>
              {known(m.low) && known(m.high) && (
                <line class="band" x1={x(m.low)} x2={x(m.high)} y1={y} y2={y} />
              )}
              {m.kind === 'promise' ? (
                <svg x={x(value)} y={y} overflow="visible"><path class="diamond" d="M0-7 7 0 0 7-7 0z" /></svg>
              ) : <circle class="point" cx={x(value)} cy={y} r="5.5" />}
            </g>
          );
        })}
      </svg>
      <div class="ends" aria-hidden="true">
        <span>{short(scale.from, unit)}</span><span>{short(scale.to, unit)}</span>
      </div>
    </div>
  );
}
