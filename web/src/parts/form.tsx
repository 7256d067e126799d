// A Questionnaire to be filled by staff, everything by keyboard: digits choose an answer of the
// question that has the focus, Ctrl+Enter sends.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Questionnaire, QuestionnaireItem, Refusal } from '../api/types';
import { codingText, enabled, questions, translated, unitOf } from '../model/questionnaire';
import { t } from '../model/words';

interface Props {
  id: string;  // of what is filled in: a draft of the same id is taken up again
  questionnaire: Questionnaire;
  refusals: Refusal[];
  busy: boolean;
  action: string;
  onBegin?: () => void;  // the first answer
  onSend: (answers: Record<string, string>) => void;
}

// In memory only: patients' data is not left on a shared computer.
const drafts = new Map<string, Record<string, string>>();
export const forgetDraft = (id: string) => drafts.delete(id);
export const forgetDrafts = () => drafts.clear();

interface Option {
  code: string;
  label: string;
}

function optionsOf(item: QuestionnaireItem): Option[] {
  if (item.type === 'boolean') {
    return [{ code: 'true', label: t('yes') }, { code: 'false', label: t('no') }];
  }
  return (item.answerOption ?? []).map((option) => {
    const plain = String(option.valueInteger ?? option.valueString ?? '');
    return option.valueCoding
      ? { code: option.valueCoding.code ?? '', label: codingText(option.valueCoding) }
      : { code: plain, label: plain };
  });
}

function Choice({ item, value, set, describedBy }: {
  item: QuestionnaireItem; value: string; describedBy?: string; set: (value: string) => void;
}) {
  const options = optionsOf(item);
  const short = options.length <= 3 && options.every((o) => o.label.length <= 14);
  const byDigit = (event: KeyboardEvent) => {
    if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // also where there is no such answer: a slip must not leave the page
    const option = options[Number(event.key) - 1];
    if (!option) return;
    set(option.code);
    const box = event.currentTarget as HTMLElement;
    box.querySelectorAll<HTMLInputElement>('input')[Number(event.key) - 1]?.focus();
  };
  return (
    <div class={`options ${short ? 'short' : ''}`} onKeyDown={byDigit}>
      {options.map((option, index) => (
        <label key={option.code}>
          <input type="radio" name={item.linkId} value={option.code} checked={value === option.code}
            aria-describedby={describedBy} onChange={() => set(option.code)} />
          <span>{option.label}</span>
          {index < 9 && <kbd aria-hidden="true">{index + 1}</kbd>}
        </label>
      ))}
    </div>
  );
}

function Field({ item, value, set, wrong }: {
  item: QuestionnaireItem; value: string; wrong: string; set: (value: string) => void;
}) {
  const id = `f-${item.linkId}`;
  const common = {
    id, name: item.linkId, value, 'aria-invalid': wrong !== '',
    'aria-describedby': wrong ? `${id}-wrong` : undefined,
    onInput: (event: Event) => set((event.target as HTMLInputElement).value),
  };
  if (item.type === 'text') return <textarea rows={3} {...common} />;
  if (item.type === 'date') return <input type="date" {...common} />;
  if (item.type === 'dateTime') return <input type="datetime-local" {...common} />;
  const mode = item.type === 'decimal' ? 'decimal' : item.type === 'integer' ? 'numeric' : 'text';
  const unit = unitOf(item);
  return (
    <span class="with-unit">
      <input type="text" inputMode={mode} autocomplete="off" {...common} />
      {unit && <span>{unit}</span>}
    </span>
  );
}

export function FormView({ id, questionnaire, refusals, busy, action, onBegin, onSend }: Props) {
  const [answers, setAnswers] = useState<Record<string, string>>(() => drafts.get(id) ?? {});
  const form = useRef<HTMLFormElement>(null);
  const items = questionnaire.item ?? [];
  const wrongs = useMemo(() => new Map(refusals.map((r) => [r.link_id, r.message])), [refusals]);
  const labels = useMemo(() => new Map(questions(items).map((q) => [q.linkId, q.label])), [questionnaire]);
  const set = (linkId: string) => (value: string) => {
    onBegin?.();
    setAnswers((old) => {
      const next = { ...old, [linkId]: value };
      drafts.set(id, next);
      return next;
    });
  };
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input, textarea')?.focus({ preventScroll: true });
  }, [questionnaire]);
  useEffect(() => {
    if (refusals.length === 0) return;
    form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(refusals[0].link_id)}"]`)?.focus();
  }, [refusals]);

  const question = (item: QuestionnaireItem) => {
    if (!enabled(item, items, answers)) return null;
    const text = translated(item.text, item._text);
    const inside = (item.item ?? []).map(question);
    if (item.type === 'group') {
      return (
        <fieldset key={item.linkId} class="group">
          {text && <legend>{text}</legend>}
          {inside}
        </fieldset>
      );
    }
    if (item.type === 'display') return <p key={item.linkId} class="quiet">{text}</p>;
    const wrong = wrongs.get(item.linkId) ?? '';
    const value = answers[item.linkId] ?? '';
    const note = item.required ? null : <small> ({t('optional')})</small>;
    const problem = wrong && <p class="wrong" id={`f-${item.linkId}-wrong`}>{wrong}</p>;
    if (item.type === 'choice' || item.type === 'boolean') {
      return (
        <fieldset key={item.linkId} class="question">
          <legend>{text}{note}</legend>
          {problem}
          <Choice item={item} value={value} set={set(item.linkId)}
            describedBy={wrong ? `f-${item.linkId}-wrong` : undefined} />
          {inside}
        </fieldset>
      );
    }
    return (
      <div key={item.linkId} class="question">
        <label for={`f-${item.linkId}`}>{text}{note}</label>
        {problem}
        <Field item={item} value={value} set={set(item.linkId)} wrong={wrong} />
        {inside}
      </div>
    );
  };

  const send = (event: Event) => {
    event.preventDefault();
    // What is hidden now was not asked: an answer from before is not sent.
    const seen = questions(items).filter((q) => enabled(q.item, items, answers));
    onSend(Object.fromEntries(seen.map((q) => [q.linkId, answers[q.linkId] ?? ''])
      .filter(([, value]) => value !== '')));
  };
  const byKeys = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.current?.requestSubmit();
  };
  const missing = refusals.map((r) => labels.get(r.link_id) ?? r.link_id).join(' ; ');
  return (
    <form class="questionnaire" ref={form} onSubmit={send} onKeyDown={byKeys} noValidate>
      {refusals.length > 0 && <p class="wrong" role="alert">{t('to_correct', missing)}</p>}
      {items.map(question)}
      <button type="submit" class="main" disabled={busy} aria-keyshortcuts="Control+Enter">
        {action} <kbd aria-hidden="true">{t('key_ctrl')} ↵</kbd>
      </button>
    </form>
  );
}
