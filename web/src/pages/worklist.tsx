// One queue, most urgent first, by severity. Arrow keys choose, Enter opens.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { KeptBack, WorkItem } from '../api/types';
import { useSaid } from '../model/flash';
import { useShortcuts } from '../model/keys';
import { usePolled } from '../model/poll';
import { go } from '../model/route';
import type { PageProps } from '../model/route';
import { ageInYears, clock, span } from '../model/time';
import { named, t, wordFor } from '../model/words';
import { Deadline, Empty, ErrorBox, Loading, severities, severityOf } from '../parts/common';
import { Key, KeyLine } from '../parts/keys';
import { causes } from '../parts/value';

interface Worklist {
  now: string;
  items: WorkItem[];
  kept_back: KeptBack[];
}

function Owner({ item, account }: { item: WorkItem; account: string }) {
  if (item.owner === null) return <span class="quiet">{t('nobody')}</span>;
  if (item.owner.account === account) return <span class="tag mine">{t('you')}</span>;
  return <span class="tag">{t('taken_by_short', item.owner.name)}</span>;
}

function Row({ item, now, account, selected, onSelect }: {
  item: WorkItem; now: string; account: string; selected: boolean; onSelect: () => void;
}) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (selected && document.activeElement !== link.current) link.current?.focus();
  }, [selected]);
  const years = ageInYears(item.patient.birth_date, now);
  const why = causes(item.show);
  const others = item.owner !== null && item.owner.account !== account;
  const late = item.due !== null && Date.parse(item.due) < Date.parse(now);
  return (
    <li class={`row ${severityOf(item.priority)} ${late ? 'overdue' : ''} ${others ? 'others' : ''}`}>
      <div class="what">
        <a ref={link} href={`#/work/${item.id}`} onFocus={onSelect}>{item.patient.name || t('no_name')}</a>
        {years !== null && <span class="quiet"> {t('age_years', years)}</span>}
        <div>{item.title}</div>
        {why.length > 0 && <div class="why"><span class="sr">{named(t('cause'), '')}</span>{why.join(' · ')}</div>}
      </div>
      <div class="when">
        <Deadline opened={item.opened} due={item.due} now={now} />
        <span class="quiet">{t('open_for', span(Date.parse(now) - Date.parse(item.opened)))}</span>
      </div>
      <div class="owner"><Owner item={item} account={account} /></div>
    </li>
  );
}

// Work that one's roles could do, if one had the skill: it is seen, and whom to ask.
function Others({ kept, now }: { kept: KeptBack[]; now: string }) {
  if (kept.length === 0) return null;
  return (
    <section class="queue" aria-labelledby="queue-kept-back">
      <h2 id="queue-kept-back">{t('kept_back')} <span class="sum">{kept.length}</span></h2>
      <ol>
        {kept.map(({ item, reason, help }) => (
          <li key={item.id} class={`row others ${severityOf(item.priority)}`}>
            <div class="what">
              <a href={`#/work/${item.id}`}>{item.patient.name || t('no_name')}</a>
              <div>{item.title}</div>
              <div class="why sentence">{reason}</div>
              <div class="sentence">{help}</div>
            </div>
            <div class="when"><Deadline opened={item.opened} due={item.due} now={now} /></div>
            <div class="owner">{item.owner && <span class="tag">{t('taken_by_short', item.owner.name)}</span>}</div>
          </li>
        ))}
      </ol>
    </section>
  );
}

// What screen readers say, and the title of the tab: urgent work is noticed from another window.
function useAnnounced(items: WorkItem[] | undefined): string {
  const known = useRef<Set<string> | null>(null);
  const [said, setSaid] = useState('');
  const urgent = items?.filter((i) => i.priority >= 2) ?? [];
  useEffect(() => {
    document.title = `${urgent.length > 0 ? `(${urgent.length}) ` : ''}${t('worklist')} – ${t('product')}`;
    if (!items) return;
    const fresh = known.current ? urgent.filter((i) => !known.current?.has(i.id)) : [];
    if (fresh.length > 0) setSaid(fresh.map((i) => t('new_urgent', `${i.title}, ${i.patient.name}`)).join('. '));
    known.current = new Set(items.map((i) => i.id));
  }, [items]);
  return said;
}

export function WorklistPage({ account }: PageProps) {
  const [mine, setMine] = useState(false);
  const [role, setRole] = useState('');
  const [at, setAt] = useState(''); // the item that is chosen, wherever it moves
  const query = [role && `role=${encodeURIComponent(role)}`, mine && 'mine=1'].filter(Boolean).join('&');
  const { value, error, refresh } = usePolled<Worklist>(`/api/worklist${query && `?${query}`}`, 5);
  const items = value?.items ?? [];
  const saved = useSaid();
  const said = useAnnounced(value?.items);
  const move = (step: number) => {
    if (items.length === 0) return;
    const now = items.findIndex((item) => item.id === at);
    const next = now < 0 ? (step > 0 ? 0 : items.length - 1) : now + step;
    setAt(items[Math.max(0, Math.min(items.length - 1, next))].id);
  };
  useShortcuts([
    { key: 'ArrowDown', run: () => move(1) }, { key: 'j', run: () => move(1) },
    { key: 'ArrowUp', run: () => move(-1) }, { key: 'k', run: () => move(-1) },
    { key: 'm', run: () => setMine(!mine) },
    { key: 'o', run: () => { const first = at || items[0]?.id; if (first) go(`work/${first}`); } },
  ]);
  const late = (of: WorkItem[]) => of.filter((i) => i.due !== null && value
    && Date.parse(i.due) < Date.parse(value.now)).length;
  return (
    <>
      <div class="page-head">
        <h1>{t('worklist')}</h1>
        <div class="bar">
          <label class="check">
            <input type="checkbox" checked={mine} onChange={() => setMine(!mine)} /> {t('mine_only')} <Key name="m" />
          </label>
          {account.roles.length > 1 && (
            <label>
              <span class="sr">{t('role')}</span>
              <select value={role} onChange={(e) => setRole((e.target as HTMLSelectElement).value)}>
                <option value="">{t('all_roles')}</option>
                {account.roles.map((r) => <option key={r} value={r}>{wordFor('role', r)}</option>)}
              </select>
            </label>
          )}
          {value && <span class="quiet">{t('updated', clock(value.now))}</span>}
        </div>
      </div>
      <p class="sr" role="status">{said}</p>
      <p class={saved ? 'note mine' : 'sr'} role="status">{saved && `✓ ${saved}`}</p>
      {error && <ErrorBox error={error} retry={refresh} stale={value !== null} />}
      {!value && !error && <Loading />}
      {value && items.length === 0 && (mine
        ? <Empty title={t('nothing_mine')} help={t('nothing_mine_help')} />
        : <Empty title={t('nothing_to_do')} help={t('nothing_to_do_help')} />)}
      {value && [2, 1, 0].map((level) => {
        const group = items.filter((item) => severities.indexOf(severityOf(item.priority)) === level);
        if (group.length === 0) return null;
        const name = severities[level];
        return (
          <section key={name} class={`queue ${name}`} aria-labelledby={`queue-${name}`}>
            <h2 id={`queue-${name}`}>
              <span aria-hidden="true">{['○', '▲', '◆'][level]}</span> {t(name)} <span class="sum">{group.length}</span>
              {late(group) > 0 && <span class="late">{t('late_count', late(group))}</span>}
            </h2>
            <ol>
              {group.map((item) => (
                <Row key={item.id} item={item} now={value.now} account={account.account}
                  selected={item.id === at} onSelect={() => setAt(item.id)} />
              ))}
            </ol>
          </section>
        );
      })}
      {value && <Others kept={value.kept_back} now={value.now} />}
      <KeyLine keys={[[['↑', '↓'], t('key_up_down')], [[t('key_enter')], t('key_open')],
                      [['m'], t('key_mine')], [['1', '…', account.may.includes('messages') ? '6' : '5'], t('key_menu')]]} />
    </>
  );
}
