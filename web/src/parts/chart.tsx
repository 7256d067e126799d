// Lines over time, by uPlot, which is loaded only when there is something to draw. The same in
// words stands beside it for those who cannot see it.
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { date, figure } from '../model/time';
import { locale, t } from '../model/words';

export interface Line {
  label: string;
  values: (number | null)[];
  colour: number;     // of the palette --c1 … --c6
  dashed?: boolean;
  filled?: boolean;
}

interface Props {
  title: string;
  times: number[];    // seconds
  lines: Line[];
  unit: string;
}

const height = 200;
const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(props: Props, width: number): uPlot.Options {
  const ink = css('--quiet');
  const grid = { stroke: css('--line'), width: 0.5 };
  const axis = { stroke: ink, grid, ticks: grid, font: '12px system-ui, sans-serif' };
  const day = new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short' });
  const at = new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  return {
    width, height,
    cursor: { y: false, points: { size: 6 } },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.08, 1)] } },
    axes: [
      { ...axis, space: 70, values: (_, ticks) => ticks.map((s) => day.format(s * 1000)), incrs: [1, 2, 3, 7, 14, 28].map((d) => d * 86400) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((v) => figure(v)) },
    ],
    series: [
      { label: t('moment'), value: (_, s) => (s === null ? '' : at.format(s * 1000)) },
      ...props.lines.map((line) => ({
        label: line.label,
        stroke: css(`--c${line.colour}`),
        width: 2,
        dash: line.dashed ? [6, 4] : undefined,
        fill: line.filled ? `${css(`--c${line.colour}`)}22` : undefined,
        spanGaps: true,
        points: { show: false },
        value: (_: uPlot, v: number | null) => (v === null ? '–' : `${figure(v)}${props.unit}`),
      })),
    ],
  };
}

export function Chart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => setTheme((n) => n + 1);
    dark.addEventListener('change', redraw);
    return () => dark.removeEventListener('change', redraw);
  }, []);
  useEffect(() => {
    let plot: uPlot | null = null;
    let gone = false;
    const watch = new ResizeObserver(([entry]) => plot?.setSize({ width: entry.contentRect.width, height }));
    void (async () => {
      const [{ default: Plot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
      if (gone || !box.current) return;
      const data = [props.times, ...props.lines.map((l) => l.values)] as uPlot.AlignedData;
      plot = new Plot(options(props, box.current.clientWidth), data, box.current);
      watch.observe(box.current);
    })();
    return () => {
      gone = true;
      watch.disconnect();
      plot?.destroy();
    };
  }, [props.times, props.lines, theme]);
  const words = props.lines.map((line) => {
    const known = line.values.filter((v): v is number => v !== null && Number.isFinite(v));
    if (known.length === 0) return '';
    const mean = known.reduce((sum, v) => sum + v, 0) / known.length;
    return t('series_range', line.label, figure(mean) + props.unit, figure(Math.max(...known)) + props.unit);
  }).filter(Boolean).join('. ');
  const ends = [props.times[0], props.times[props.times.length - 1]].map((s) => date(s * 1000));
  return (
    <figure class="chart">
      <div ref={box} aria-hidden="true" style={{ minHeight: `${height}px` }} />
      <figcaption class="sr">{t('chart_of', props.title, ends[0], ends[1], words)}</figcaption>
    </figure>
  );
}
