// One patient in one pathway: open work, answers, what happened, and what can be reported.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, get, post } from '../api/client';
import type { CaseDetail, MessageInfo, PathwayInfo, Questionnaire, Refusal, WorkItem } from '../api/types';
import { useNow } from '../model/clock';
import { useShortcuts } from '../model/keys';
import { usePolled } from '../model/poll';
import { go } from '../model/route';
import type { PageProps } from '../model/route';
import { ageInYears, date } from '../model/time';
import { t } from '../model/words';
import { LatestAnswers } from '../parts/answers';
import { Card, Deadline, ErrorBox, Loading, Severity } from '../parts/common';
import { FormView, forgetDraft } from '../parts/form';
import { Key } from '../parts/keys';
import { Timeline } from '../parts/timeline';
import { Trends } from '../parts/trend';

function OpenWork({ work, now }: { work: WorkItem[]; now: string }) {
  return (
    <Card title={t('open_work')}>
      {work.length === 0 && <p class="quiet">{t('no_open_work')}</p>}
      <ul class="plain-list">{work.map((w) => (
        <li key={w.id}>
          {w.patient_facing ? <span>{w.title} <span class="tag">{t('waits_for_patient')}</span></span>
            : <span><Severity priority={w.priority} /> <a href={`#/work/${w.id}`}>{w.title}</a></span>}
          <Deadline opened={w.opened} due={w.due} now={now} />
        </li>
      ))}</ul>
    </Card>
  );
}

// Confirming a message; where it has a form, it asks for what goes along.
function Tell({ detail, message, onDone }: { detail: CaseDetail; message: MessageInfo; onDone: (told: boolean) => void }) {
  const { name } = message;
  const [form, setForm] = useState<Questionnaire | null | undefined>(message.form ? undefined : null);
  const [error, setError] = useState<ApiError | null>(null);
  const [refusals, setRefusals] = useState<Refusal[]>([]);
  const [busy, setBusy] = useState(false);
  const draft = `case-${detail.id}-${name}`;
  useEffect(() => {
    if (!message.form) return;
    get<Questionnaire>(`/api/pathways/${encodeURIComponent(detail.pathway)}/forms/${encodeURIComponent(message.form)}`)
      .then(setForm, (problem: ApiError) => setError(problem));
  }, [message.form]);
  const send = async (answers: Record<string, string>) => {
    setBusy(true);
    setError(null);
    try {
      await post(`/api/cases/${encodeURIComponent(detail.id)}/messages/${encodeURIComponent(name)}`, answers);
      forgetDraft(draft);
      onDone(true);
    } catch (problem) {
      const body = (problem as ApiError).body as { refusals?: Refusal[] } | null;
      if (body?.refusals) setRefusals(body.refusals);
      else setError(problem as ApiError);
      setBusy(false);
    }
  };
  if (form === undefined) return error ? <ErrorBox error={error} /> : <Loading />;
  return (
    <div class="tell">
      <h3>{message.title}</h3>
      {error && <ErrorBox error={error} />}
      {form && <FormView id={draft} questionnaire={form} refusals={refusals} busy={busy}
        action={t('tell_confirm')} onSend={(answers) => void send(answers)} />}
      <p class="buttons">
        {!form && (
          <button type="button" class="main" autofocus disabled={busy} onClick={() => void send({})}>{t('tell_confirm')}</button>
        )}
        <button type="button" onClick={() => onDone(false)}>{t('cancel')}</button>
      </p>
    </div>
  );
}

function Report({ detail, messages, refresh }: { detail: CaseDetail; messages: MessageInfo[]; refresh: () => void }) {
  const [telling, setTelling] = useState<MessageInfo | null>(null);
  const [told, setTold] = useState<MessageInfo | null>(null);
  const done = (sent: boolean) => {
    if (sent) {
      setTold(telling);
      refresh();
    }
    setTelling(null);
  };
  return (
    <Card title={t('tell')} lead={t('tell_hint')}>
      <p role="status" class={told ? 'note mine' : ''}>{told && t('told', told.title)}</p>
      {telling ? <Tell key={telling.name} detail={detail} message={telling} onDone={done} /> : (
        <p class="buttons">{messages.map((m) => (
          <button key={m.name} type="button" onClick={() => { setTold(null); setTelling(m); }}>{m.title}</button>
        ))}</p>
      )}
    </Card>
  );
}

export function CasePage({ id }: PageProps) {
  const { value, error, refresh } = usePolled<CaseDetail>(`/api/cases/${encodeURIComponent(id)}`, 15);
  const pathway = usePolled<PathwayInfo>(value ? `/api/pathways/${encodeURIComponent(value.pathway)}` : null, 0);
  const now = useNow();
  useShortcuts([{ key: 'Escape', run: () => go('cases') }]);
  const back = <p class="back"><a href="#/cases">← {t('cases')}</a> <Key name={t('key_escape')} /></p>;
  if (!value) return <>{back}{error ? <ErrorBox error={error} retry={refresh} /> : <Loading />}</>;
  const years = ageInYears(value.patient.birth_date, now);
  const messages = (pathway.value?.messages ?? []).filter((m) => value.messages?.includes(m.name) ?? true);
  return (
    <>
      {back}
      {error && <ErrorBox error={error} retry={refresh} stale />}
      <div class="patient-head">
        <div>
          <p class="kind">{pathway.value?.title ?? value.pathway} · {value.ended
            ? t('ended_on', date(value.ended)) : `${t('in_progress')}, ${t('since', date(value.opened))}`}</p>
          <h1>{value.patient.name}
            {years !== null && <span class="quiet"> {t('age_years', years)}</span>}</h1>
        </div>
        {value.patient.phone && (
          <a class="button" href={`tel:${value.patient.phone.replace(/\s/g, '')}`}>{t('call', value.patient.phone)}</a>
        )}
      </div>
      <div class="columns">
        <div>
          {!value.ended && <OpenWork work={value.work} now={now} />}
          <Card title={t('answers')}>
            <Trends trends={value.trends ?? []} />
            <LatestAnswers pathway={value.pathway} answers={value.answers} now={now} />
          </Card>
          {!value.ended && messages.length > 0 && <Report detail={value} messages={messages} refresh={refresh} />}
        </div>
        <Timeline events={value.timeline} />
      </div>
    </>
  );
}
