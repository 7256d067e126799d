// What the log itself shows: the ways that patients took, how long, where they waited.
import type { ActivityTimes, Review } from '../api/review';
import { minutes, number } from '../model/time';
import { locale, named, t } from '../model/words';
import { Bar } from './bar';
import { Card } from './common';

const percent = (share: number) =>
  share.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 });

type Named = (activity: string) => string;

export function Variants({ variants, cases, nameOf }: { variants: Review['variants']; cases: number; nameOf: Named }) {
  const told = variants.list.reduce((sum, v) => sum + v.cases, 0);
  const most = Math.max(...variants.list.map((v) => v.share), 0.001);
  return (
    <Card title={t('variants')} lead={`${t('variants_lead', number(variants.count))}${variants.rule === 'first' ? ` ${t('variants_first')}` : ''}`}>
      <ol class="variants">
        {variants.list.map((v, i) => (
          <li key={i}>
            <p class="values">
              <strong>{percent(v.share)}</strong>
              <span class="quiet">{number(v.cases)} {t('cases_word')}{v.throughput && ` · ${t('median')} ${minutes(v.throughput.median)}`}</span>
            </p>
            <Bar share={v.share / most} />
            <p class="way">{v.activities.map((a, at) => <span key={`${a}-${at}`}>{nameOf(a)}</span>)}</p>
          </li>
        ))}
        {told < cases && <li class="quiet">{percent((cases - told) / cases)} {t('variants_rest')}</li>}
      </ol>
    </Card>
  );
}

export function Throughput({ throughput }: { throughput: Review['throughput'] }) {
  const { minutes: times, bins } = throughput;
  if (!times || bins.length === 0) return <Card title={t('throughput')}><p class="quiet">{t('throughput_none')}</p></Card>;
  const most = Math.max(...bins.map((b) => b.cases));
  const lead = t('throughput_lead', number(times.n), minutes(times.median), minutes(times.p90));
  const first = bins[0].from;
  const last = bins[bins.length - 1].to;
  const at = (value: number) => `${Math.max(0, Math.min(100, (100 * (value - first)) / (last - first || 1)))}%`;
  return (
    <Card title={t('throughput')} lead={lead}>
      <div class="histogram">
        <svg width="100%" height="160" role="img" aria-label={lead}>
          {bins.map((bin, i) => {
            const tall = (150 * bin.cases) / most;
            return (
              <rect key={bin.from} class="bar-fill" x={`${(100 * i) / bins.length + 0.15}%`} width={`${100 / bins.length - 0.3}%`}
                y={160 - tall} height={tall}>
                <title>{named(`${minutes(bin.from)} – ${minutes(bin.to)}`, `${number(bin.cases)} ${t('cases_word')}`)}</title>
              </rect>
            );
          })}
          <line class="goal" x1={at(times.median)} x2={at(times.median)} y1="0" y2="160" />
        </svg>
        <div class="ends" aria-hidden="true"><span>{minutes(first)}</span><span>{t('median')} {minutes(times.median)}</span><span>{minutes(last)}</span></div>
      </div>
    </Card>
  );
}

export function Bottlenecks({ activities }: { activities: ActivityTimes[] }) {
  const waited = activities.filter((a) => a.waiting !== null && a.waiting.n > 0)
    .sort((a, b) => (b.waiting?.median ?? 0) - (a.waiting?.median ?? 0)).slice(0, 10);
  if (waited.length === 0) return null;
  const most = Math.max(...waited.map((a) => a.waiting?.p90 ?? 0), 1);
  return (
    <Card title={t('bottlenecks')} lead={t('bottlenecks_lead')}>
      <ul class="waits">
        {waited.map((a) => (
          <li key={a.id}>
            <span>{a.name || a.id} <span class="quiet">({number(a.completed)})</span></span>
            <span class="reach" aria-hidden="true">
              <span class="far" style={{ width: `${(100 * (a.waiting?.p90 ?? 0)) / most}%` }} />
              <span class="near" style={{ width: `${(100 * (a.waiting?.median ?? 0)) / most}%` }} />
            </span>
            <span class="figures">
              <strong>{minutes(a.waiting?.median)}</strong> {t('median')} · {t('nine_in_ten')} {minutes(a.waiting?.p90)}
              {a.service && <> · {t('service')} {minutes(a.service.median)}</>}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Flows({ flows, nameOf }: { flows: Review['flows']; nameOf: Named }) {
  const shown = flows.slice(0, 12);
  if (shown.length === 0) return null;
  const most = Math.max(...shown.map((f) => f.count), 1);
  return (
    <Card title={t('flows')} lead={t('flows_lead')}>
      <ul class="flows">
        {shown.map((f) => (
          <li key={`${f.from}-${f.to}`}>
            <span class="way"><span>{nameOf(f.from)}</span><span>{nameOf(f.to)}</span></span>
            <span>
              <span class="values">
                <strong>{number(f.count)} {t('times')}</strong>
                <span class="quiet">{minutes(f.mean_minutes)}</span>
              </span>
              <Bar share={f.count / most} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
