// Two situations on the same patients: which differences are real.
import { useState } from 'preact/hooks';
import type { Comparison, Difference } from '../api/rehearsal';
import { byWeight, turns, words } from '../model/rehearsal';
import { difference, inShortUnit } from '../model/time';
import { named, t, wordFor } from '../model/words';
import { Card } from './common';
import { Verdict } from './indicator_list';
import { IntervalPlot } from './interval';

function Judged({ d }: { d: Difference }) {
  if (turns(d)) return d.before_grows ? <Verdict kind="good" word="grows_no_more" /> : <Verdict kind="bad" word="grows_now" />;
  if (!d.real) return <Verdict kind="open" word={d.before_grows ? 'grows' : 'not_shown'} />;
  if (d.better === true) return <Verdict kind="good" word="real_better" />;
  if (d.better === false) return <Verdict kind="bad" word="real_worse" />;
  return <Verdict kind="changed" word="real_change" />;
}

function Row({ d }: { d: Difference }) {
  const what = words(d.name, d.id);
  // An indicator says by itself what it measures; a step or a team does not.
  const name = d.kind === 'indicator' || d.kind === 'truth' ? what : named(wordFor('kind', d.kind), what);
  return (
    <li class={`indicator ${d.real || turns(d) ? '' : 'unsure'}`}>
      <div>
        <h3>{name}</h3>
        <p class="quiet">
          {d.before_grows ? t('grows') : inShortUnit(d.before.value, d.unit)} → {d.after_grows ? t('grows') : inShortUnit(d.after.value, d.unit)}
        </p>
      </div>
      {d.before_grows || d.after_grows ? <div><p class="values"><Judged d={d} /></p></div> : (
        <div>
          <p class="values"><strong class="big">{difference(d.difference.value, d.unit)}</strong> <Judged d={d} /></p>
          <IntervalPlot name={name} unit={d.unit} differences
            marks={[{ kind: d.real ? 'main' : 'group', label: name, ...d.difference }]} />
        </div>
      )}
    </li>
  );
}

export function Differences({ comparison }: { comparison: Comparison }) {
  const [all, setAll] = useState(false);
  const sorted = byWeight(comparison.differences);
  const real = sorted.filter((d) => d.real || turns(d));
  const shown = all ? sorted : real;
  const lead = t('comparison_lead', words(comparison.after_name, comparison.after || t('as_written')),
                 words(comparison.before_name, comparison.before || t('as_written')));
  return (
    <Card title={t('comparison')} lead={lead} tools={(
      <label class="check">
        <input type="checkbox" checked={all} onChange={() => setAll(!all)} /> {t('history_all')}
      </label>
    )}>
      {real.length === 0 && <p>{t('no_difference_real')}</p>}
      <ul class="differences tiled">{shown.map((d) => <Row key={`${d.kind}/${d.id}`} d={d} />)}</ul>
    </Card>
  );
}
