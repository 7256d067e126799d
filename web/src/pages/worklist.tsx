// One queue, most urgent first. Arrow keys choose, Enter opens.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { WorkItem } from '../api/types';
import { usePolled } from '../model/poll';
import { ageInYears, dateTime, span } from '../model/time';
import { t } from '../model/words';
import { Deadline, ErrorBox, Loading, Severity } from '../parts/common';
import { show } from '../parts/value';
import { go } from './app';
import type { PageProps } from './app';

interface Worklist {
  now: string;
  items: WorkItem[];
}

function Row({ item, now, account, selected, onSelect }: {
  item: WorkItem; now: string; account: string; selected: boolean; onSelect: () => void;
}) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (selected) link.current?.focus();
  }, [selected]);
  const years = ageInYears(item.patient.birth_date, now);
  const owner = item.owner === null ? t('nobody')
    : item.owner.account === account ? t('you') : item.owner.name;
  return (
    <tr class={item.due !== null && item.due < now ? 'overdue' : ''}>
      <td><Severity priority={item.priority} /></td>
      <td>
        <a ref={link} href={`#/work/${item.id}`} onFocus={onSelect}>{item.title}</a>
        <br /><span>{item.patient.name}</span>
        {years !== null && <span class="quiet"> · {t('age_years', years)}</span>}
      </td>
      <td>{Object.values(item.show).map(show).filter(Boolean).join(' · ')}</td>
      <td><Deadline due={item.due} now={now} /></td>
      <td>{span(Date.parse(now) - Date.parse(item.opened))}</td>
      <td>{owner}</td>
    </tr>
  );
}

export function WorklistPage({ account }: PageProps) {
  const [mine, setMine] = useState(false);
  const [role, setRole] = useState('');
  const [at, setAt] = useState(-1);
  const path = `/api/worklist?role=${encodeURIComponent(role)}${mine ? '&mine=1' : ''}`;
  const { value, error, refresh } = usePolled<Worklist>(path, 5);
  const items = value?.items ?? [];
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' || event.key === 'j' ? 1
      : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0;
    if (step === 0 || items.length === 0) return;
    event.preventDefault();
    setAt((old) => Math.max(0, Math.min(items.length - 1, old + step)));
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.target instanceof HTMLInputElement) && !(event.target instanceof HTMLSelectElement)) onKey(event);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  });
  return (
    <>
      <h1>{t('worklist')}</h1>
      <div class="bar">
        <label><input type="checkbox" checked={mine} onChange={() => setMine(!mine)} /> {t('mine_only')}</label>
        <label>
          <span class="sr">{t('role')}</span>
          <select value={role} onChange={(e) => setRole((e.target as HTMLSelectElement).value)}>
            <option value="">{t('all_roles')}</option>
            {account.roles.map((r) => <option key={r} value={r}>{r}</option>)}
          </select>
        </label>
        {value && <span class="quiet">{t('refreshed')} {dateTime(value.now)}</span>}
      </div>
      {error && <ErrorBox error={error} retry={refresh} />}
      {!value && !error && <Loading />}
      {value && items.length === 0 && <p class="empty">{t('nothing_to_do')}</p>}
      {value && items.length > 0 && (
        <table class="queue">
          <thead>
            <tr>
              <th scope="col"><span class="sr">{t('urgent')}</span></th>
              <th scope="col">{t('patient')}</th>
              <th scope="col">{t('cause')}</th>
              <th scope="col">{t('due')}</th>
              <th scope="col">{t('age')}</th>
              <th scope="col">{t('owner')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item, index) => (
              <Row key={item.id} item={item} now={value.now} account={account.account}
                selected={index === at} onSelect={() => setAt(index)} />
            ))}
          </tbody>
        </table>
      )}
      <p class="quiet">{t('keyboard')}</p>
      <button type="button" class="sr-focus" onClick={() => items[0] && go(`work/${items[0].id}`)}>
        {t('open')}
      </button>
    </>
  );
}
