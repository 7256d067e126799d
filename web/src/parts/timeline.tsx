// What happened in a case, newest first.
import type { TimelineEvent } from '../api/types';
import { dateTime } from '../model/time';
import { t } from '../model/words';
import { Card } from './common';
import { show } from './value';

const marks: Record<string, string> = {
  schedule: '○', assign: '◔', start: '◑', complete: '●', withdraw: '⊘', ate_abort: '✕',
};

export function Timeline({ events }: { events: TimelineEvent[] }) {
  const newest = [...events].reverse().slice(0, 60);
  return (
    <Card title={t('history')}>
      <ol class="timeline">
        {newest.map((event, index) => (
          <li key={`${event.at}-${index}`}>
            <time dateTime={event.at}>{dateTime(event.at)}</time>
            <span title={event.lifecycle}>{marks[event.lifecycle] ?? '·'} {event.name || event.activity}</span>
            {event.actor && <span class="quiet"> {event.actor}</span>}
            {event.data && Object.keys(event.data).length > 0 && (
              <span class="quiet"> {Object.values(event.data).map(show).filter(Boolean).join(' · ')}</span>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
