// One work item: who, why, the patient's answers over time, and the outcome as a form. Opening it
// takes it, so that two people never call the same patient.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, get, post } from '../api/client';
import type { Refusal, WorkDetail } from '../api/types';
import { ageInYears, dateTime } from '../model/time';
import { t } from '../model/words';
import { Card, Deadline, ErrorBox, Loading, Severity } from '../parts/common';
import { FormView } from '../parts/form';
import { Timeline } from '../parts/timeline';
import { TrendLine } from '../parts/trend';
import { show } from '../parts/value';
import { go } from './app';
import type { PageProps } from './app';

// One key for all attempts to close the same item: a repeat after a lost answer changes nothing.
const attemptKey = (id: string) => `${id}-${Math.random().toString(36).slice(2)}`;

export function WorkPage({ id, account }: PageProps) {
  const [detail, setDetail] = useState<WorkDetail | null>(null);
  const [now, setNow] = useState(new Date().toISOString());
  const [error, setError] = useState<ApiError | null>(null);
  const [refusals, setRefusals] = useState<Refusal[]>([]);
  const [busy, setBusy] = useState(false);
  const [key] = useState(() => attemptKey(id));
  const load = async () => {
    const next = await get<WorkDetail & { now?: string }>(`/api/work/${id}`);
    setDetail(next);
    if (next.now) setNow(next.now);
    return next;
  };
  const attempt = (action: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    action().catch((problem) => setError(problem as ApiError)).finally(() => setBusy(false));
  };
  useEffect(() => {
    attempt(async () => {
      const first = await load();
      if (first.item.owner === null && first.item.state === 'offered') {
        await post(`/api/work/${id}/take`);
        await load();
      }
    });
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape') go('worklist');
    };
    addEventListener('keydown', leave);
    return () => removeEventListener('keydown', leave);
  }, [id]);
  const complete = (answers: Record<string, string>) => attempt(async () => {
    try {
      await post(`/api/work/${id}/complete`, { answers }, { 'Idempotency-Key': key });
      go('worklist');
    } catch (problem) {
      const body = (problem as ApiError).body as { refusals?: Refusal[] } | null;
      if ((problem as ApiError).status !== 422 || !body?.refusals) throw problem;
      setRefusals(body.refusals);
    }
  });
  if (!detail) return error ? <ErrorBox error={error} /> : <Loading />;
  const { item } = detail;
  const mine = item.owner?.account === account.account;
  const years = ageInYears(item.patient.birth_date, now);
  const causes = Object.entries(item.show).filter(([, value]) => show(value) !== '');
  return (
    <>
      <p><a href="#/worklist">← {t('back')}</a></p>
      <h1><Severity priority={item.priority} /> {item.title}</h1>
      <p class="lead">
        <a href={`#/case/${item.case}`}><strong>{item.patient.name}</strong></a>
        {years !== null && <> · {t('age_years', years)}</>}
        {item.patient.phone && <> · <a href={`tel:${item.patient.phone}`}>{item.patient.phone}</a></>}
        {' '}· <Deadline due={item.due} now={now} />
      </p>
      {error && <ErrorBox error={error} />}
      <div class="columns">
        <div>
          {causes.length > 0 && (
            <Card title={t('cause')}>
              <ul>{causes.map(([name, value]) => <li key={name}>{show(value)}</li>)}</ul>
            </Card>
          )}
          <Card title={t('outcome')}>
            {!mine && item.owner && <p>{t('taken_by', item.owner.name)}</p>}
            {!mine && !item.owner && (
              <>
                <p>{t('take_hint')}</p>
                <button type="button" class="main" disabled={busy}
                  onClick={() => attempt(async () => { await post(`/api/work/${id}/take`); await load(); })}>
                  {t('take')}
                </button>
              </>
            )}
            {mine && detail.questionnaire && (
              <FormView questionnaire={detail.questionnaire} refusals={refusals} busy={busy} onSend={complete} />
            )}
            {mine && !detail.questionnaire && (
              <>
                <p>{t('no_form')}</p>
                <button type="button" class="main" disabled={busy} onClick={() => complete({})}>{t('confirm_done')}</button>
              </>
            )}
            {mine && (
              <button type="button" disabled={busy}
                onClick={() => attempt(async () => { await post(`/api/work/${id}/release`); go('worklist'); })}>
                {t('release')}
              </button>
            )}
          </Card>
        </div>
        <div>
          <Card title={t('answers')}>
            {detail.trends.length === 0 && <p class="quiet">{t('no_answers')}</p>}
            <div class="trends">{detail.trends.map((trend) => <TrendLine key={trend.link_id} trend={trend} />)}</div>
            {detail.answers.length > 0 && (
              <p class="quiet">{t('latest')} : {dateTime(detail.answers[detail.answers.length - 1].at)}</p>
            )}
          </Card>
          <Timeline events={detail.timeline} />
        </div>
      </div>
    </>
  );
}
