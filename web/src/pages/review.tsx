// What really happened, beside what was promised.
import { useEffect, useState } from 'preact/hooks';
import type { Review } from '../api/review';
import type { PathwayInfo } from '../api/types';
import { lastRehearsal, rememberRehearsal } from '../model/memory';
import { usePolled } from '../model/poll';
import type { PageProps } from '../model/route';
import { date, number } from '../model/time';
import { language, t, wordFor } from '../model/words';
import { Card, Empty, ErrorBox, Loading } from '../parts/common';
import { Glance, Scoreboard } from '../parts/glance';
import { PathwayChoice } from '../parts/pathway_choice';
import { Bottlenecks, Flows, Throughput, Variants } from '../parts/review_discovery';
import { Equity } from '../parts/review_groups';
import { ReviewedIndicators } from '../parts/review_indicators';

function Remarks({ log }: { log: Review['log'] }) {
  if (log.remarks.length === 0 && log.unknown_activities.length === 0) return null;
  return (
    <Card title={t('log_remarks')}>
      <ul>
        {log.remarks.map((r) => <li key={r}>{r}</li>)}
        {log.unknown_activities.length > 0 && (
          <li>{t('unknown_activities', log.unknown_activities.map((u) => `${u.activity} (${number(u.events)})`).join(', '))}</li>
        )}
      </ul>
    </Card>
  );
}

function Summary({ review }: { review: Review }) {
  const count = (verdict: string) => review.indicators.filter((i) => i.target_verdict === verdict).length;
  const promised = review.indicators.filter((i) => i.promise_verdict === 'held' || i.promise_verdict === 'missed');
  const held = promised.filter((i) => i.promise_verdict === 'held').length;
  return (
    <div class="card summary">
      <Scoreboard met={count('held')} missed={count('missed')} unsure={count('too_few')} />
      {promised.length > 0 && (
        <Glance tiles={[{ value: `${held}/${promised.length}`, label: t('as_rehearsed'),
                          tone: held < promised.length ? 'bad' : 'good' }]} />
      )}
    </div>
  );
}

const scenarioIn = (pathways: PathwayInfo[] | null, pathway: string, scenario: string) =>
  (scenario === '' ? t('as_written')
    : pathways?.find((p) => p.id === pathway)?.scenarios.find((s) => s.id === scenario)?.name ?? scenario);

export function ReviewPage({ id }: PageProps) {
  const list = usePolled<PathwayInfo[]>('/api/pathways', 0);
  const chosen = id || list.value?.[0]?.id || '';
  const [forgotten, setForgotten] = useState('');
  const rehearsal = chosen === forgotten ? '' : lastRehearsal(chosen);
  const query = `pathway=${encodeURIComponent(chosen)}&language=${language()}${rehearsal ? `&rehearsal=${encodeURIComponent(rehearsal)}` : ''}`;
  const { value, error, refresh } = usePolled<Review>(chosen ? `/api/review?${query}` : null, 60);
  useEffect(() => {
    // The server keeps rehearsals for a while only: without it, reality alone.
    if (error?.status !== 404 || !rehearsal) return;
    rememberRehearsal(chosen, '');
    setForgotten(chosen);
  }, [error]);
  if (list.error) return <ErrorBox error={list.error} retry={list.refresh} />;
  if (list.value?.length === 0) return <Empty title={t('no_pathway')} />;
  if (!value) return error ? <ErrorBox error={error} retry={refresh} /> : <Loading />;
  const names = new Map(value.activities.map((a) => [a.id, a.name || wordFor('activity', a.id)]));
  const nameOf = (activity: string) => names.get(activity) ?? wordFor('activity', activity);
  const { log } = value;
  return (
    <>
      <h1>{t('review')}</h1>
      <p class="lead"><strong>{value.title}</strong></p>
      <PathwayChoice page="review" pathways={list.value ?? []} chosen={chosen} />
      <p class="quiet">{t('review_lead')}</p>
      {error && <ErrorBox error={error} retry={refresh} />}
      {log.cases === 0 ? <Empty title={t('no_cases')} help={t('no_cases_help')} /> : (
        <>
          <p class="lead">
            {log.from && log.until && t('review_of', number(log.cases), number(log.open_cases), date(log.from), date(log.until))}
            {' '}{value.scenario !== null ? t('with_promise', scenarioIn(list.value, chosen, value.scenario))
              : <a href="#/rehearse">{t('without_promise')}</a>}
          </p>
          <Summary review={value} />
          <ReviewedIndicators indicators={value.indicators} />
          <Equity indicators={value.indicators} />
          <div class="columns">
            <Variants variants={value.variants} cases={log.cases} nameOf={nameOf} />
            <Throughput throughput={value.throughput} />
          </div>
          <div class="columns">
            <Bottlenecks activities={value.activities} />
            <Flows flows={value.flows} nameOf={nameOf} />
          </div>
          <Remarks log={log} />
        </>
      )}
    </>
  );
}
