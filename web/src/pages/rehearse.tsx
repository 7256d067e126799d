// The digital twin: choose a situation, watch it run, see who waits and who is missed.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, post, remove } from '../api/client';
import type { RehearsalRun } from '../api/rehearsal';
import type { PathwayInfo } from '../api/types';
import { rememberRehearsal } from '../model/memory';
import { usePolled } from '../model/poll';
import { go } from '../model/route';
import type { PageProps } from '../model/route';
import { named, t } from '../model/words';
import { Card, Empty, ErrorBox, Loading } from '../parts/common';
import { RehearsalResult } from '../parts/rehearsal_result';

interface Wanted {
  pathway: string;
  scenario: string;
  against: string | null; // null: no comparison
  days: number;
  replications: number;
  seed: number;
}

function Situations({ pathway, wanted, change }: { pathway: PathwayInfo; wanted: Wanted;
                                                   change: (part: Partial<Wanted>) => void }) {
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
          {all.filter((s) => s.id !== wanted.scenario).map((s) => <option key={s.id} value={s.id}>{s.name}</option>)}
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
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<Wanted>) => setWanted((old) => ({ ...old, ...part }));
  const pathway = pathways.find((p) => p.id === wanted.pathway) ?? pathways[0];
  const run = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { against, ...rest } = wanted;
      const { id } = await post<{ id: string }>('/api/rehearsals', against === null ? rest : { ...rest, against });
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
      <Situations pathway={pathway} wanted={wanted} change={change} />
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
        <RehearsalResult result={value.result} against={value.against} comparison={value.comparison} />
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
