// What happened in a case, newest first, by day. The main points only, unless asked for all.
import { useState } from 'preact/hooks';
import type { TimelineEvent } from '../api/types';
import { clock, weekday } from '../model/time';
import { t, wordFor } from '../model/words';
import { Card } from './common';
import { show } from './value';
import { WhyDecided } from './why';

const marks: Record<string, string> = {
  schedule: '○', assign: '◔', start: '◑', suspend: '↩', resume: '↻', complete: '●', withdraw: '⊘',
  ate_abort: '✕',
};
const few = 14;
const main = new Set(['complete', 'withdraw', 'ate_abort']);

function byDay(events: TimelineEvent[]): [string, TimelineEvent[]][] {
  const days: [string, TimelineEvent[]][] = [];
  for (const event of events) {
    const day = weekday(event.at);
    if (days.length === 0 || days[days.length - 1][0] !== day) days.push([day, []]);
    days[days.length - 1][1].push(event);
  }
  return days;
}

function Entry({ event }: { event: TimelineEvent }) {
  // Words only: a number or a yes says nothing without its name.
  const facts = Object.values(event.data ?? {})
    .filter((value) => typeof value === 'string' || Array.isArray(value))
    .map((value) => (typeof value === 'string' ? wordFor('value', value) : show(value)))
    .filter((text) => text !== '' && text.length < 160);
  return (
    <li class={event.lifecycle === 'ate_abort' ? 'wrong' : ''}>
      <time dateTime={event.at}>{clock(event.at)}</time>
      <span class="mark" aria-hidden="true">{marks[event.lifecycle] ?? '·'}</span>
      <span>
        {event.name || wordFor('activity', event.activity)}
        {event.lifecycle !== 'complete' && <span class="quiet"> – {wordFor('life', event.lifecycle)}</span>}
        {event.actor && <span class="quiet"> · {event.actor}</span>}
        {facts.length > 0 && <span class="facts">{facts.join(' · ')}</span>}
        <WhyDecided rules={event.why} />
      </span>
    </li>
  );
}

export function Timeline({ events }: { events: TimelineEvent[] }) {
  const [all, setAll] = useState(false);
  const chosen = events.filter((e) => all || main.has(e.lifecycle));
  const newest = [...chosen].reverse().slice(0, all ? 500 : few);
  return (
    <Card title={t('history')} tools={events.length > 0 && (
      <button type="button" class="plain small" onClick={() => setAll(!all)}>
        {t(all ? 'history_less' : 'history_all')}
      </button>
    )}>
      {events.length === 0 && <p class="quiet">{t('history_empty')}</p>}
      <div class="timeline">
        {byDay(newest).map(([day, entries]) => (
          <section key={day} aria-label={day}>
            <h3>{day}</h3>
            <ol>{entries.map((event, i) => <Entry key={`${event.at}-${i}`} event={event} />)}</ol>
          </section>
        ))}
      </div>
    </Card>
  );
}
