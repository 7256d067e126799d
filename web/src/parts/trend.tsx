// One answer over time as a line, with the figures for those who cannot see it.
import type { Trend } from '../api/types';
import { number, shortDate } from '../model/time';
import { t } from '../model/words';

const width = 220;
const height = 48;

export function TrendLine({ trend }: { trend: Trend }) {
  const points = trend.points;
  if (points.length === 0) return null;
  const times = points.map(([at]) => Date.parse(at));
  const values = points.map(([, value]) => value);
  const grades = trend.unit === '' && Math.max(...values) <= 4;
  const low = grades ? 0 : Math.min(...values) - 0.2;
  const high = grades ? 4 : Math.max(...values) + 0.2;
  const first = times[0];
  const last = times[times.length - 1];
  const x = (time: number) => last === first ? width / 2 : 6 + ((time - first) / (last - first)) * (width - 12);
  const y = (value: number) => height - 6 - ((value - low) / (high - low || 1)) * (height - 12);
  const path = points.map((_, i) => `${i === 0 ? 'M' : 'L'}${x(times[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`);
  const latest = `${number(values[values.length - 1], 1)}${trend.unit === 'Cel' ? ' °C' : trend.unit ? ` ${trend.unit}` : ''}`;
  const spoken = `${t('trend_of', trend.label, shortDate(points[0][0]), shortDate(points[points.length - 1][0]))}: `
    + values.map((v) => number(v, 1)).join(', ');
  return (
    <figure class="trend">
      <figcaption>{trend.label}</figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={spoken}>
        {grades && <line x1="0" x2={width} y1={y(2.5)} y2={y(2.5)} class="threshold" />}
        <path d={path.join('')} />
        {points.map((point, i) => (
          <circle key={point[0]} cx={x(times[i])} cy={y(values[i])} r="3"
            class={grades && values[i] >= 3 ? 'high' : ''} />
        ))}
      </svg>
      <span class="latest"><span class="sr">{t('latest')} </span>{latest}</span>
    </figure>
  );
}
