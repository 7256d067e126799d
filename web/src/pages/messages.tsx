// Messages that wait, or that could not be delivered.
import { useNow } from '../model/clock';
import { usePolled } from '../model/poll';
import type { PageProps } from '../model/route';
import { moment, relative } from '../model/time';
import { t, wordFor } from '../model/words';
import { Empty, ErrorBox, Loading } from '../parts/common';

interface Outgoing {
  id: string;
  case: string | null;
  channel: string;
  to: string;
  attempts: number;
  state: string;
  detail: string;
  not_before?: string | null;
}

function Row({ message, now }: { message: Outgoing; now: string }) {
  const failed = message.state === 'failed';
  const tries = message.attempts === 1 ? t('attempt') : t('attempts', message.attempts);
  return (
    <li class={`row ${failed ? 'urgent' : ''}`}>
      <div class="what">
        <strong>{message.to}</strong> <span class="tag">{message.channel}</span>
        {message.detail && <div class="quiet">{message.detail}</div>}
      </div>
      <div>
        <span class={failed ? 'wrong' : ''}>{wordFor('state', failed ? 'failed' : 'waiting')}</span>
        {message.attempts > 0 && <span class="quiet"> · {tries}</span>}
        {!failed && message.not_before && message.attempts > 0 && (
          <div class="quiet" title={moment(message.not_before, now)}>{t('next_attempt', relative(message.not_before, now))}</div>
        )}
      </div>
      <div>{message.case && <a href={`#/case/${message.case}`}>{t('patient')}</a>}</div>
    </li>
  );
}

export function MessagesPage(_: PageProps) {
  const { value, error, refresh } = usePolled<{ messages: Outgoing[] }>('/api/outbox', 10);
  const now = useNow();
  const messages = value?.messages ?? [];
  const order = [...messages].sort((a, b) => Number(b.state === 'failed') - Number(a.state === 'failed'));
  return (
    <>
      <h1>{t('messages')}</h1>
      <p class="quiet">{t('messages_lead')}</p>
      {error && (error.status === 403 ? <Empty title={t('not_yours')} help={error.message} />
        : <ErrorBox error={error} retry={refresh} stale={value !== null} />)}
      {!value && !error && <Loading />}
      {value && messages.length === 0 && <Empty title={t('outbox_empty')} help={t('outbox_empty_help')} />}
      {messages.length > 0 && <ol class="people">{order.map((m) => <Row key={m.id} message={m} now={now} />)}</ol>}
    </>
  );
}
