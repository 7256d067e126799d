// A Questionnaire to be filled by staff, everything by keyboard.
import { useMemo, useState } from 'preact/hooks';
import type { Questionnaire, QuestionnaireItem, Refusal } from '../api/types';
import { codingText, enabled, translated, unitOf } from '../model/questionnaire';
import { t } from '../model/words';

interface Props {
  questionnaire: Questionnaire;
  refusals: Refusal[];
  busy: boolean;
  onSend: (answers: Record<string, string>) => void;
}

function Choice({ item, value, set }: { item: QuestionnaireItem; value: string;
                                        set: (value: string) => void }) {
  const options = item.type === 'boolean'
    ? [{ code: 'true', label: t('yes') }, { code: 'false', label: t('no') }]
    : (item.answerOption ?? []).map((option) => ({
        code: option.valueCoding?.code ?? String(option.valueInteger ?? option.valueString ?? ''),
        label: option.valueCoding ? codingText(option.valueCoding)
          : String(option.valueInteger ?? option.valueString ?? ''),
      }));
  return (
    <div class="options">
      {options.map((option) => (
        <label key={option.code}>
          <input type="radio" name={item.linkId} value={option.code} checked={value === option.code}
            onChange={() => set(option.code)} />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}

function Field({ item, value, set, wrong }: { item: QuestionnaireItem; value: string; wrong: string;
                                              set: (value: string) => void }) {
  const id = `f-${item.linkId}`;
  const common = {
    id, name: item.linkId, value, 'aria-invalid': wrong !== '',
    'aria-describedby': wrong ? `${id}-wrong` : undefined,
    onInput: (event: Event) => set((event.target as HTMLInputElement).value),
  };
  if (item.type === 'text') return <textarea rows={3} {...common} />;
  const type = item.type === 'date' ? 'date' : item.type === 'dateTime' ? 'datetime-local' : 'text';
  const mode = item.type === 'decimal' ? 'decimal' : item.type === 'integer' ? 'numeric' : undefined;
  return (
    <span class="with-unit">
      <input type={type} inputMode={mode} autocomplete="off" {...common} />
      {unitOf(item) && <span>{unitOf(item)}</span>}
    </span>
  );
}

export function FormView({ questionnaire, refusals, busy, onSend }: Props) {
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const items = questionnaire.item ?? [];
  const wrongs = useMemo(() => new Map(refusals.map((r) => [r.link_id, r.message])), [refusals]);
  const set = (linkId: string) => (value: string) => setAnswers((old) => ({ ...old, [linkId]: value }));

  const question = (item: QuestionnaireItem) => {
    if (!enabled(item, items, answers)) return null;
    const text = translated(item.text, item._text);
    if (item.type === 'group') {
      return (
        <fieldset key={item.linkId} class="group">
          {text && <legend>{text}</legend>}
          {(item.item ?? []).map(question)}
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
          <Choice item={item} value={value} set={set(item.linkId)} />
        </fieldset>
      );
    }
    return (
      <div key={item.linkId} class="question">
        <label for={`f-${item.linkId}`}>{text}{note}</label>
        {problem}
        <Field item={item} value={value} set={set(item.linkId)} wrong={wrong} />
      </div>
    );
  };

  return (
    <form class="questionnaire" onSubmit={(event) => { event.preventDefault(); onSend(answers); }}>
      {refusals.length > 0 && <p class="wrong" role="alert">{t('required_missing')} : {refusals.length}</p>}
      {items.map(question)}
      <button type="submit" class="main" disabled={busy}>{t('send')}</button>
    </form>
  );
}
