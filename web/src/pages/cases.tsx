// Patients being followed.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, get } from '../api/client';
import type { CaseSummary, PathwayInfo } from '../api/types';
import { useNow } from '../model/clock';
import { useShortcuts } from '../model/keys';
import { usePolled } from '../model/poll';
import { go } from '../model/route';
import type { PageProps } from '../model/route';
import { ageInYears, date } from '../model/time';
import { useStepNames } from '../model/steps';
import { t } from '../model/words';
import { Empty, ErrorBox, Loading, Tabs } from '../parts/common';
import { Key } from '../parts/keys';

type Status = 'open' | 'ended' | 'all';
interface Page {
  cases: CaseSummary[];
  next: string | null;
}

export function CasesPage({ account }: PageProps) {
  const [typed, setTyped] = useState('');
  const [query, setQuery] = useState('');
  const [status, setStatus] = useState<Status>('open');
  const [older, setOlder] = useState<Page | null>(null); // pages after the first
  const [problem, setProblem] = useState<ApiError | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setQuery(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  const path = `/api/cases?q=${encodeURIComponent(query)}&status=${status}`;
  useEffect(() => setOlder(null), [path]);
  const first = usePolled<Page>(path, 15);
  const pathways = usePolled<PathwayInfo[]>('/api/pathways', 0);
  const nameOf = useStepNames(pathways.value);
  const now = useNow();
  const mayEnrol = account.may.includes('enrol');
  useShortcuts(mayEnrol ? [{ key: 'n', run: () => go('enrol') }] : []);
  const next = older ? older.next : first.value?.next ?? null;
  const more = async () => {
    try {
      const page = await get<Page>(`${path}&cursor=${encodeURIComponent(next ?? '')}`);
      setOlder({ cases: [...(older?.cases ?? []), ...page.cases], next: page.next });
    } catch (e) {
      setProblem(e as ApiError);
    }
  };
  const cases = [...(first.value?.cases ?? []), ...(older?.cases ?? [])];
  const titles = new Map((pathways.value ?? []).map((p) => [p.id, p.title]));
  return (
    <>
      <div class="page-head">
        <h1>{t('cases')}</h1>
        {mayEnrol && <a class="button main" href="#/enrol" aria-keyshortcuts="n">+ {t('new_patient')} <Key name="n" /></a>}
      </div>
      <div class="bar">
        <label class="grow"><span class="sr">{t('search')}</span>
          <input type="search" value={typed} placeholder={t('search')}
            onInput={(e) => setTyped((e.target as HTMLInputElement).value)} />
        </label>
        <Tabs<Status> label={t('status')} value={status} onChange={setStatus}
          options={[['open', t('status_open')], ['ended', t('status_ended')], ['all', t('status_all')]]} />
      </div>
      {first.error && <ErrorBox error={first.error} retry={first.refresh} />}
      {problem && <ErrorBox error={problem} />}
      {!first.value && !first.error && <Loading />}
      {first.value && cases.length === 0 && (query || status !== 'open'
        ? <Empty title={t('cases_not_found')} help={t('cases_not_found_help')} />
        : <Empty title={t('cases_none')} help={t('cases_none_help')} />)}
      {cases.length > 0 && (
        <ol class="people">
          {cases.map((c) => {
            const years = ageInYears(c.patient.birth_date, now);
            return (
              <li key={c.id} class="row">
                <div class="what">
                  <a href={`#/case/${c.id}`}>{c.patient.name}</a>
                  {years !== null && <span class="quiet"> {t('age_years', years)}</span>}
                  <div class="quiet">{titles.get(c.pathway) ?? c.pathway}</div>
                </div>
                <div>{c.ended ? t('ended_on', date(c.ended))
                  : c.at.map((a) => <span key={a} class="tag">{nameOf(c.pathway, a)}</span>)}</div>
                <div class="quiet">{t('since', date(c.opened))}</div>
              </li>
            );
          })}
        </ol>
      )}
      {next && <p><button type="button" onClick={() => void more()}>{t('more')}</button></p>}
    </>
  );
}
