// One work item: who, why, the patient's answers over time, and the outcome as a form. Opening it
// takes it, so that two people never call the same patient; leaving it without having begun gives it
// back.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get, post, postAtLast } from '../api/client';
import type { Refusal, WorkDetail, WorkItem } from '../api/types';
import { useNow } from '../model/clock';
import { say } from '../model/flash';
import { Hold } from '../model/hold';
import { useShortcuts } from '../model/keys';
import { go } from '../model/route';
import type { PageProps } from '../model/route';
import { ageInYears, span } from '../model/time';
import { t } from '../model/words';
import { LatestAnswers } from '../parts/answers';
import { Card, Deadline, ErrorBox, Loading, Severity } from '../parts/common';
import { FormView, forgetDraft } from '../parts/form';
import { Key, KeyLine } from '../parts/keys';
import { Timeline } from '../parts/timeline';
import { Trends } from '../parts/trend';
import { causes } from '../parts/value';
import { Why } from '../parts/why';

// One key for all attempts to close the same item: a repeat after a lost answer changes nothing.
const attemptKey = (id: string) => `${id}-${Math.random().toString(36).slice(2)}`;

function Head({ item, now, onCall }: { item: WorkItem; now: string; onCall?: () => void }) {
  const years = ageInYears(item.patient.birth_date, now);
  return (
    <div class={`patient-head ${item.priority >= 2 ? 'urgent' : ''}`}>
      <div>
        <p class="kind"><Severity priority={item.priority} /> · {item.title}</p>
        <h1>
          <a href={`#/case/${item.case}`}>{item.patient.name}</a>
          {years !== null && <span class="quiet"> {t('age_years', years)}</span>}
        </h1>
      </div>
      <div class="when">
        <Deadline opened={item.opened} due={item.due} now={now} />
        <span class="quiet">{t('open_for', span(Date.parse(now) - Date.parse(item.opened)))}</span>
      </div>
      {item.patient.phone && onCall && (
        <a class="button main" href={`tel:${item.patient.phone.replace(/\s/g, '')}`} onClick={onCall}>
          {t('call', item.patient.phone)}
        </a>
      )}
    </div>
  );
}

export function WorkPage({ id, account }: PageProps) {
  const [detail, setDetail] = useState<WorkDetail | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [refusals, setRefusals] = useState<Refusal[]>([]);
  const [busy, setBusy] = useState(false);
  const [key] = useState(() => attemptKey(id));
  const hold = useRef<Hold | null>(null);
  const now = useNow();
  const load = async () => {
    const next = await get<WorkDetail>(`/api/work/${encodeURIComponent(id)}`);
    setDetail(next);
    return next;
  };
  const attempt = (action: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    action().catch(async (problem: ApiError) => {
      setError(problem);
      if (problem.status === 409) await load().catch(() => null); // somebody was quicker: show who
    }).finally(() => setBusy(false));
  };
  const take = () => attempt(async () => {
    await post(`/api/work/${encodeURIComponent(id)}/take`);
    hold.current?.keep();
    await load();
  });
  const release = () => attempt(async () => {
    await post(`/api/work/${encodeURIComponent(id)}/release`);
    hold.current?.keep();
    go('worklist');
  });
  // Hands on from the call or the first answer: waiting ends there. Of no use to whoever works here,
  // so it is done in silence; closing the work begins it, too.
  const begun = useRef(false);
  const begin = () => {
    hold.current?.keep();
    if (begun.current || detail?.item.owner?.account !== account.account || detail.item.state !== 'assigned') return;
    begun.current = true;
    post(`/api/work/${encodeURIComponent(id)}/begin`).catch(() => { begun.current = false; });
  };
  useEffect(() => {
    const held = new Hold(id, (action, closing) => {
      const path = `/api/work/${encodeURIComponent(id)}/${action}`;
      return closing ? postAtLast(path) : post(path);
    });
    hold.current = held;
    const look = () => attempt(async () => {
      await held.ready();
      const first = await load();
      if (first.kept_back !== null || first.item.owner !== null || first.item.state !== 'offered' || first.item.patient_facing) return;
      await held.take();
      await load();
    });
    const hide = () => void held.leave(true);
    const show = (event: PageTransitionEvent) => { if (event.persisted) look(); };
    addEventListener('pagehide', hide);
    addEventListener('pageshow', show); // back by the browser's button
    look();
    return () => {
      removeEventListener('pagehide', hide);
      removeEventListener('pageshow', show);
      void held.leave();
    };
  }, [id]);
  const item = detail?.item;
  const mine = item?.owner?.account === account.account;
  const closed = item?.state === 'completed' || item?.state === 'cancelled';
  useShortcuts([
    { key: 'Escape', run: () => go('worklist') },
    ...(item && !item.owner && !closed && !detail.kept_back ? [{ key: 't', run: take }] : []),
    ...(mine && !closed ? [{ key: 'r', run: release }] : []),
  ]);
  const complete = (answers: Record<string, string>) => attempt(async () => {
    try {
      await post(`/api/work/${encodeURIComponent(id)}/complete`, { answers }, { 'Idempotency-Key': key });
      hold.current?.keep();
      forgetDraft(id);
      say(t('sent', detail ? `${detail.item.title}, ${detail.item.patient.name}` : id));
      go('worklist');
    } catch (problem) {
      const body = (problem as ApiError).body as { refusals?: Refusal[] } | null;
      if ((problem as ApiError).status !== 422 || !body?.refusals) throw problem;
      setRefusals(body.refusals);
    }
  });
  const back = <p class="back"><a href="#/worklist">← {t('worklist')}</a> <Key name={t('key_escape')} /></p>;
  if (!detail || !item) return <>{back}{error ? <ErrorBox error={error} /> : <Loading />}</>;
  const why = causes(item.show);
  return (
    <>
      {back}
      <Head item={item} now={now} onCall={detail.kept_back ? undefined : begin} />
      {error && <ErrorBox error={error} />}
      <div class="columns">
        <div>
          {why.length > 0 && (
            <Card title={t('cause')}>
              <ul class="reasons">{why.map((text) => <li key={text}>{text}</li>)}</ul>
              <Why why={detail.why} now={now} />
            </Card>
          )}
          <Card title={detail.questionnaire ? t('outcome') : item.title} tools={mine && !closed && (
            <button type="button" class="small" disabled={busy} onClick={release} aria-keyshortcuts="r">
              {t('release')} <Key name="r" />
            </button>
          )}>
            {closed && <p>{t('closed_work')}</p>}
            {!closed && mine && <p class="note mine">{t('yours')}</p>}
            {!closed && !mine && item.owner && <p class="note">{t('taken_by', item.owner.name)}</p>}
            {!closed && detail.kept_back && (
              <div class="note">
                <p class="sentence">{detail.kept_back.reason}</p>
                <p class="sentence">{detail.kept_back.help}</p>
              </div>
            )}
            {!closed && !item.owner && !detail.kept_back && (
              <>
                <p>{t('take_hint')}</p>
                <button type="button" class="main" disabled={busy} onClick={take} aria-keyshortcuts="t">
                  {t('take')} <Key name="t" />
                </button>
              </>
            )}
            {!closed && mine && detail.questionnaire && (
              <FormView id={id} questionnaire={detail.questionnaire} refusals={refusals} busy={busy}
                action={t('send')} onBegin={begin} onSend={complete} />
            )}
            {!closed && mine && !detail.questionnaire && (
              <>
                <p>{t(item.incident ? 'incident_lead' : 'no_form')}</p>
                <button type="button" class="main" disabled={busy} onClick={() => complete({})}>{t('confirm_done')}</button>
              </>
            )}
          </Card>
        </div>
        <div>
          <Card title={t('answers')}>
            <Trends trends={detail.trends} />
            <LatestAnswers pathway={item.pathway} answers={detail.answers} now={now} />
          </Card>
          <Timeline events={detail.timeline} />
        </div>
      </div>
      <KeyLine keys={[[['1', '…', '9'], t('key_choose')], [[t('key_ctrl'), t('key_enter')], t('key_send')],
                      [['r'], t('key_release')], [[t('key_escape')], t('key_back')]]} />
    </>
  );
}
