// Small parts that several pages share.
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import { moment, relative, span } from '../model/time';
import { t } from '../model/words';

// `stale`: something is shown all the same, from before.
export function ErrorBox({ error, retry, stale }: { error: ApiError; retry?: () => void; stale?: boolean }) {
  const unreachable = error.code === 'unreachable';
  return (
    <div class="error" role="alert">
      <strong>{unreachable ? t('unreachable') : t('error_title')}</strong>
      {!unreachable && error.message && <p>{error.message}</p>}
      <p>{unreachable ? t('unreachable_help') : error.help}</p>
      {stale && <p>{t('stale')}</p>}
      {retry && <button type="button" onClick={retry}>{t('try_again')}</button>}
    </div>
  );
}

export const Loading = () => <p class="quiet loading" role="status">{t('loading')}</p>;

export function Empty({ title, help, children }: { title: string; help?: string;
                                                   children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="lead">{title}</p>
      {help && <p>{help}</p>}
      {children}
    </div>
  );
}

export const severities = ['routine', 'simple', 'urgent'] as const;
export const severityOf = (priority: number) => severities[Math.max(0, Math.min(2, priority))];

// The severity in words and by shape, never by colour alone.
export function Severity({ priority }: { priority: number }) {
  const name = severityOf(priority);
  return <span class={`severity ${name}`}><span aria-hidden="true">{mark[name]}</span> {t(name)}</span>;
}
const mark = { routine: '○', simple: '▲', urgent: '◆' };

// How much of the time is left, in words and as a bar that empties.
export function Deadline({ opened, due, now }: { opened: string; due: string | null; now: string }) {
  if (due === null) return <span class="quiet">{t('no_deadline')}</span>;
  const left = Date.parse(due) - Date.parse(now);
  const whole = Date.parse(due) - Date.parse(opened);
  const rest = whole > 0 ? Math.max(0, Math.min(1, left / whole)) : 0;
  const state = left < 0 ? 'late' : rest < 0.25 ? 'soon' : '';
  return (
    <span class={`deadline ${state}`} title={t('due_at', moment(due, now))}>
      <strong>{left < 0 ? t('overdue', span(-left)) : t('remaining', span(left))}</strong>
      <span class="fuse" aria-hidden="true"><span style={{ width: `${rest * 100}%` }} /></span>
    </span>
  );
}

export function Moment({ at, now }: { at: string; now: string }) {
  return <time dateTime={at} title={relative(at, now)}>{moment(at, now)}</time>;
}

export function Card({ title, lead, children, id, tools }: {
  title: string; lead?: string; children: ComponentChildren; id?: string; tools?: ComponentChildren;
}) {
  return (
    <section class="card" aria-label={title} id={id}>
      <div class="card-head"><h2>{title}</h2>{tools}</div>
      {lead && <p class="quiet">{lead}</p>}
      {children}
    </section>
  );
}

// Wide things scroll in themselves, by keyboard too; the page never does sideways.
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return <div class="scroll" role="region" aria-label={label} tabIndex={0}>{children}</div>;
}

export function Tabs<T extends string>({ label, value, options, onChange }: {
  label: string; value: T; options: [T, string][]; onChange: (value: T) => void;
}) {
  return (
    <fieldset class="tabs">
      <legend class="sr">{label}</legend>
      {options.map(([key, text]) => (
        <label key={key}>
          <input type="radio" name={label} checked={key === value} onChange={() => onChange(key)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
