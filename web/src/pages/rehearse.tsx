// The digital twin: choose a situation, watch it run, see who waits and who is missed.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, post, remove } from '../api/client';
import type { Change, Lever, RehearsalRun } from '../api/rehearsal';
import type { PathwayInfo } from '../api/types';
import { rememberRehearsal } from '../model/memory';
import { usePolled } from '../model/poll';
import { go } from '../model/route';
import type { PageProps } from '../model/route';
import { language, named, t } from '../model/words';
import { Seen } from '../parts/animation';
import { Card, Empty, ErrorBox, Loading } from '../parts/common';
import { OwnChanges, changesOf } from '../parts/own_changes';
import type { Typed } from '../parts/own_changes';
import { RehearsalResult } from '../parts/rehearsal_result';

interface Wanted {
  pathway: string;
  scenario: string;
  against: string | null; // null: no comparison
  days: number;
  replications: number;
  seed: number;
}

function Situations({ pathway, wanted, own, change }: {
  pathway: PathwayInfo; wanted: Wanted; own: boolean; change: (part: Partial<Wanted>) => void;
}) {
  const all = [{ id: '', name: t('as_written'), question: t('as_written_hint') }, ...pathway.scenarios];
  // What else than as planned is usually looked at beside it.
  const choose = (scenario: string) => change({ scenario, against: scenario === '' ? null : wanted.against ?? '',
                                                ...(wanted.against === scenario ? { against: null } : {}) });
  return (
    <>
      <fieldset>
        <legend>{t('scenario')}</legend>
        <div class="options situations">
          {all.map((s) => (
            <label key={s.id}>
              <input type="radio" name="scenario" value={s.id} checked={wanted.scenario === s.id}
                onChange={() => choose(s.id)} />
              <span><strong>{s.name}</strong><small>{s.question}</small></span>
            </label>
          ))}
        </div>
      </fieldset>
      <label>{t('against')}
        <select value={wanted.against ?? '-'} onChange={(e) => {
          const value = (e.target as HTMLSelectElement).value;
          change({ against: value === '-' ? null : value });
        }}>
          <option value="-">{t('no_comparison')}</option>
          {all.filter((s) => own || s.id !== wanted.scenario).map((s) => <option key={s.id} value={s.id}>{s.name}</option>)}
        </select>
      </label>
    </>
  );
}

function NumberField({ label, hint, value, min, max, set }: {
  label: string; hint?: string; value: number; min: number; max: number; set: (value: number) => void;
}) {
  return (
    <label>{label} {hint && <small>{hint}</small>}
      <input type="number" required value={value} min={min} max={max} step={1}
        onInput={(e) => set(Number((e.target as HTMLInputElement).value))} />
    </label>
  );
}

function Choose({ pathways }: { pathways: PathwayInfo[] }) {
  const [wanted, setWanted] = useState<Wanted>({
    pathway: pathways[0].id, scenario: '', against: null, days: 30, replications: 10, seed: 1,
  });
  const [typed, setTyped] = useState<Typed>({});
  const [changes, setChanges] = useState<Change[]>([]);
  const [open, setOpen] = useState(false); // what may be changed is asked for when somebody looks
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<Wanted>) => {
    setWanted((old) => ({ ...old, ...part }));
    // What was changed was changed of that situation.
    if (part.scenario !== undefined || part.pathway !== undefined) {
      setTyped({});
      setChanges([]);
    }
  };
  const alter = (next: Typed, levers: Lever[]) => {
    const made = changesOf(levers, next);
    setTyped(next);
    setChanges(made);
    // One's own changes are looked at beside the same situation without them.
    if (made.length > 0 && changes.length === 0 && wanted.against === null) change_against(wanted.scenario);
    if (made.length === 0 && wanted.against === wanted.scenario) change_against(null);
  };
  const change_against = (against: string | null) => setWanted((old) => ({ ...old, against }));
  const pathway = pathways.find((p) => p.id === wanted.pathway) ?? pathways[0];
  const run = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { against, ...rest } = wanted;
      const order = { ...rest, ...(against === null ? {} : { against }), ...(changes.length === 0 ? {} : { changes }) };
      const { id } = await post<{ id: string }>('/api/rehearsals', order);
      go(`rehearse/${encodeURIComponent(id)}`);
    } catch (problem) {
      setError(problem as ApiError);
      setBusy(false);
    }
  };
  return (
    <form class="card fields choose" onSubmit={(event) => void run(event)}>
      {error && <ErrorBox error={error} />}
      {pathways.length > 1 && (
        <label>{t('pathway')}
          <select value={wanted.pathway} onChange={(e) => change({
            pathway: (e.target as HTMLSelectElement).value, scenario: '', against: null })}>
            {pathways.map((p) => <option key={p.id} value={p.id}>{p.title}</option>)}
          </select>
        </label>
      )}
      <Situations pathway={pathway} wanted={wanted} own={changes.length > 0} change={change} />
      <details class="own-changes" onToggle={(e) => setOpen((e.target as HTMLDetailsElement).open)}>
        <summary>{t('own_changes')} {changes.length > 0 && <span class="badge">{t('changes_made', changes.length)}</span>}</summary>
        <p class="quiet">{t('own_changes_lead')}</p>
        {(open || changes.length > 0) && <OwnChanges pathway={pathway.id} scenario={wanted.scenario} typed={typed} change={alter} />}
      </details>
      <details>
        <summary>{t('more_settings')} <span class="quiet">{named(t('days'), String(wanted.days))} · {named(t('replications'), String(wanted.replications))}</span></summary>
        <div class="fields">
          <NumberField label={t('days')} value={wanted.days} min={1} max={730} set={(days) => change({ days })} />
          <NumberField label={t('replications')} hint={t('replications_hint')} value={wanted.replications}
            min={1} max={1000} set={(replications) => change({ replications })} />
          <NumberField label={t('seed')} hint={t('seed_hint')} value={wanted.seed} min={0} max={2147483647}
            set={(seed) => change({ seed })} />
        </div>
      </details>
      <button type="submit" class="main" disabled={busy}>{t('run')}</button>
    </form>
  );
}

function Running({ id, progress, refresh }: { id: string; progress: number; refresh: () => void }) {
  const [error, setError] = useState<ApiError | null>(null);
  const stop = () => remove(`/api/rehearsals/${encodeURIComponent(id)}`).then(refresh, setError);
  const share = Math.round(progress * 100);
  return (
    <Card title={t('rehearsing')} lead={t('rehearsing_help')}>
      {error && <ErrorBox error={error} />}
      <p class="progress">
        <progress max={100} value={share} aria-label={t('rehearsing')} />
        <strong>{share} %</strong>
        <button type="button" onClick={() => void stop()}>{t('stop')}</button>
      </p>
    </Card>
  );
}

function Failed({ error }: { error: RehearsalRun['error'] }) {
  const text = typeof error === 'string' ? error : error?.message ?? '';
  const help = typeof error === 'object' && error?.help ? error.help : '';
  return (
    <div class="error" role="alert">
      <strong>{t('rehearsal_failed')}</strong>
      <p>{text}</p>
      {help && <p>{help}</p>}
    </div>
  );
}

function One({ id }: { id: string }) {
  const [seconds, setSeconds] = useState(1);
  const { value, error, refresh } = usePolled<RehearsalRun>(`/api/rehearsals/${encodeURIComponent(id)}`, seconds);
  const running = value?.state === 'running';
  useEffect(() => {
    if (value && !running) setSeconds(0);
    if (value?.state === 'done' && value.result) rememberRehearsal(value.result.pathway, id);
  }, [value?.state]);
  return (
    <>
      <p class="back"><a href="#/rehearse">← {t('run_again')}</a></p>
      {error && (error.status === 404
        ? <Empty title={t('rehearsal_gone')} /> : <ErrorBox error={error} retry={refresh} />)}
      {!value && !error && <Loading />}
      {running && <Running id={id} progress={value.progress} refresh={refresh} />}
      {value?.state === 'stopped' && <Empty title={t('stopped')} />}
      {value?.state === 'failed' && <Failed error={value.error} />}
      {value?.state === 'done' && value.result && (
        <>
          <p class="bar">
            <a class="button" download href={`/api/rehearsals/${encodeURIComponent(id)}/report?language=${language()}`}>{t('export_report')}</a>
            <span class="quiet">{t('export_report_hint')}</span>
          </p>
          {value.changes.length > 0 && (
            <Card title={t('own_changes_made')}>
              <ul>{value.changes.map((c) => <li key={c}><code>{c}</code></li>)}</ul>
            </Card>
          )}
          <RehearsalResult result={value.result} against={value.against} comparison={value.comparison} />
          <Seen id={id} result={value.result} />
        </>
      )}
    </>
  );
}

export function RehearsePage({ id }: PageProps) {
  const pathways = usePolled<PathwayInfo[]>(id ? null : '/api/pathways', 0);
  return (
    <>
      <h1>{t('rehearse')}</h1>
      {id ? <One id={id} /> : (
        <>
          <p class="quiet">{t('rehearse_lead')}</p>
          {pathways.error && <ErrorBox error={pathways.error} retry={pathways.refresh} />}
          {!pathways.value && !pathways.error && <Loading />}
          {pathways.value?.length === 0 && <Empty title={t('no_pathway')} />}
          {pathways.value && pathways.value.length > 0 && <Choose pathways={pathways.value} />}
        </>
      )}
    </>
  );
}
