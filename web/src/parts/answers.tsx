// The latest form that was answered, in the form's own words.
import type { PastAnswers, Questionnaire } from '../api/types';
import { usePolled } from '../model/poll';
import { answerText, questions } from '../model/questionnaire';
import { moment, relative } from '../model/time';
import { t } from '../model/words';
import { show } from './value';

export function LatestAnswers({ pathway, answers, now }: { pathway: string; answers: PastAnswers[];
                                                           now: string }) {
  const latest = answers.reduce<PastAnswers | null>(
    (best, each) => (best === null || each.at > best.at ? each : best), null);
  const form = usePolled<Questionnaire>(
    latest ? `/api/pathways/${encodeURIComponent(pathway)}/forms/${encodeURIComponent(latest.form)}` : null, 0);
  if (!latest) return null;
  const asked = questions(form.value?.item ?? []);
  const rows = Object.entries(latest.values).map(([linkId, value]) => {
    const item = asked.find((q) => q.linkId === linkId);
    return { linkId, label: item?.label ?? linkId, text: item ? answerText(item.item, value) : show(value) };
  }).filter((row) => row.text !== '');
  return (
    <details class="latest-answers">
      <summary>{t('last_answers')} <span class="quiet">{moment(latest.at, now)}, {relative(latest.at, now)}</span></summary>
      <dl>{rows.map((row) => <div key={row.linkId}><dt>{row.label}</dt><dd>{row.text}</dd></div>)}</dl>
    </details>
  );
}
