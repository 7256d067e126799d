// Small parts that several pages share.
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import { span } from '../model/time';
import { t } from '../model/words';

export function ErrorBox({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div class="error" role="alert">
      <strong>{t('error_title')}</strong>
      <p>{error.code === 'unreachable' ? t('unreachable') : error.message}</p>
      {error.help && <p>{error.help}</p>}
      {retry && <button type="button" onClick={retry}>{t('try_again')}</button>}
    </div>
  );
}

export const Loading = () => <p class="quiet" role="status">{t('loading')}</p>;

const severities = ['routine', 'simple', 'urgent'] as const;

// The severity in words and by shape, never by colour alone.
export function Severity({ priority }: { priority: number }) {
  const level = Math.max(0, Math.min(2, priority));
  const name = severities[level];
  return <span class={`severity ${name}`}>{['', '▲ ', '◆ '][level]}{t(name)}</span>;
}

export function Deadline({ due, now }: { due: string | null; now: string }) {
  if (due === null) return <span class="quiet">{t('no_deadline')}</span>;
  const left = Date.parse(due) - Date.parse(now);
  return left < 0
    ? <strong class="late">{t('overdue', span(left))}</strong>
    : <span>{t('remaining', span(left))}</span>;
}

export function Card({ title, children, id }: { title: string; children: ComponentChildren;
                                                id?: string }) {
  return (
    <section class="card" aria-label={title} id={id}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
