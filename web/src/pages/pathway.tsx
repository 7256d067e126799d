// The pathway as drawn, with the number of patients at each step right now, and the same as a list.
import { useState } from 'preact/hooks';
import type { PathwayInfo } from '../api/types';
import { usePolled } from '../model/poll';
import type { PageProps } from '../model/route';
import { number } from '../model/time';
import { t, wordFor } from '../model/words';
import { Bar } from '../parts/bar';
import { Card, Empty, ErrorBox, Loading } from '../parts/common';
import { Drawing } from '../parts/drawing';
import { PathwayChoice } from '../parts/pathway_choice';

type Activity = NonNullable<PathwayInfo['activities']>[number];

function Steps({ activities, roles, counts, shown, onShow }: {
  activities: Activity[]; roles: Record<string, string>; counts: Record<string, number>; shown: string; onShow: (id: string) => void;
}) {
  const most = Math.max(1, ...activities.map((a) => counts[a.id] ?? 0));
  return (
    <ol class="steps">
      {activities.map((a) => (
        <li key={a.id}>
          <button type="button" class="plain" aria-pressed={shown === a.id} onClick={() => onShow(a.id)}>
            <span class="sr">{t('show_in_drawing', '')}</span>{a.name || a.id}
          </button>
          <span class="quiet">{a.roles.map((r) => roles[r] ?? wordFor('role', r)).join(', ')}</span>
          <strong class="n">{number(counts[a.id] ?? 0)}</strong>
          <Bar share={(counts[a.id] ?? 0) / most} />
        </li>
      ))}
    </ol>
  );
}

export function PathwayPage({ id }: PageProps) {
  const list = usePolled<PathwayInfo[]>('/api/pathways', 0);
  const chosen = id || list.value?.[0]?.id || '';
  const { value, error, refresh } = usePolled<PathwayInfo>(
    chosen ? `/api/pathways/${encodeURIComponent(chosen)}` : null, 10);
  const [shown, setShown] = useState('');
  const [busyOnly, setBusyOnly] = useState(true);
  if (list.error) return <ErrorBox error={list.error} retry={list.refresh} />;
  if (list.value?.length === 0) return <Empty title={t('no_pathway')} />;
  if (!value) return error ? <ErrorBox error={error} retry={refresh} /> : <Loading />;
  const counts = value.counts ?? {};
  const activities = (value.activities ?? [])
    .filter((a) => !busyOnly || (counts[a.id] ?? 0) > 0)
    .sort((a, b) => (counts[b.id] ?? 0) - (counts[a.id] ?? 0));
  return (
    <>
      <div class="page-head">
        <h1>{value.title}</h1>
        <p class="quiet"><strong class="big">{number(value.open_cases)}</strong> {t('patients_followed')}</p>
      </div>
      <PathwayChoice page="pathway" pathways={list.value ?? []} chosen={chosen} />
      {error && <ErrorBox error={error} retry={refresh} />}
      <p class="quiet">{t('live_counts')}</p>
      <Drawing key={value.id} info={value} shown={shown} />
      <Card title={t('steps')} tools={(
        <label class="check">
          <input type="checkbox" checked={busyOnly} onChange={() => setBusyOnly(!busyOnly)} /> {t('only_busy')}
        </label>
      )}>
        {activities.length === 0 && <p class="quiet">{t('nobody_anywhere')}</p>}
        <Steps activities={activities} roles={value.roles ?? {}} counts={counts} shown={shown} onShow={setShown} />
        <p><a href={`/api/pathways/${encodeURIComponent(value.id)}/log.xes`} download>{t('download_log')}</a></p>
      </Card>
    </>
  );
}
