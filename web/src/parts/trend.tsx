// One answer over time as a line, with the figures for those who cannot see it.
import type { Trend } from '../api/types';
import { number, shortDate } from '../model/time';
import { t, tied } from '../model/words';

const width = 240;
const height = 56;

const unitText = (unit: string) => (unit === 'Cel' ? ' °C' : unit ? ` ${unit}` : '');

export function TrendLine({ trend }: { trend: Trend }) {
  const points = trend.points;
  if (points.length === 0) return null;
  const times = points.map(([at]) => Date.parse(at));
  const values = points.map(([, value]) => value);
  // Answers graded 0 to 4 share one scale; from 3 on they are marked.
  const grades = trend.unit === '' && Math.max(...values) <= 4 && Math.min(...values) >= 0;
  const room = grades ? 0 : Math.max((Math.max(...values) - Math.min(...values)) * 0.15, 0.3);
  const low = grades ? 0 : Math.min(...values) - room;
  const high = grades ? 4 : Math.max(...values) + room;
  const first = times[0];
  const last = times[times.length - 1];
  const x = (time: number) => (last === first ? width - 6
    : 6 + ((time - first) / (last - first)) * (width - 12));
  const y = (value: number) => height - 6 - ((value - low) / (high - low)) * (height - 12);
  const path = points.map((_, i) => `${i === 0 ? 'M' : 'L'}${x(times[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`);
  const latest = values[values.length - 1];
  const days = [shortDate(points[0][0]), shortDate(points[points.length - 1][0])];
  const spoken = t('trend_of', trend.label, days[0], days[1], values.map((v) => number(v, 1)).join(', '));
  return (
    <figure class="trend">
      <figcaption>{tied(trend.label)}</figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={spoken} preserveAspectRatio="none">
        {grades && <rect x="0" width={width} y="0" height={y(2.5)} class="alarm" />}
        <path d={path.join('')} vector-effect="non-scaling-stroke" />
        {points.map((point, i) => (
          <path key={point[0]} class={`dot ${grades && values[i] >= 3 ? 'high' : ''}`}
            vector-effect="non-scaling-stroke" d={`M${x(times[i]).toFixed(1)} ${y(values[i]).toFixed(1)}h.01`} />
        ))}
      </svg>
      <span class={`latest ${grades && latest >= 3 ? 'wrong' : ''}`}>
        <span class="sr">{t('latest')} </span>
        {number(latest, 1)}{grades ? <small>/4</small> : unitText(trend.unit)}
      </span>
      <span class="days" aria-hidden="true"><span>{days[0]}</span><span>{days[1]}</span></span>
    </figure>
  );
}

// Those that say something first: what is high now, then what has moved.
export function Trends({ trends }: { trends: Trend[] }) {
  const weight = (trend: Trend) => {
    const values = trend.points.map(([, value]) => value);
    const latest = values[values.length - 1] ?? 0;
    const graded = trend.unit === '' && latest <= 4;
    const moved = Math.abs(latest - (values[values.length - 2] ?? latest));
    return (graded && latest >= 3 ? 100 : 0) + (moved > 0 ? 10 + moved : 0) + (graded ? latest / 10 : 0.1);
  };
  const shown = trends.filter((trend) => trend.points.length > 0)
    .map((trend) => ({ trend, order: weight(trend) }))
    .sort((a, b) => b.order - a.order);
  if (shown.length === 0) return <p class="quiet">{t('no_answers')}</p>;
  return <div class="trends">{shown.map(({ trend }) => <TrendLine key={trend.link_id} trend={trend} />)}</div>;
}
