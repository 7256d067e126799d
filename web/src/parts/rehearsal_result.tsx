// What a rehearsal says, the most telling first: what changes, the promises, who waits, who works,
// who is missed.
import type { Comparison, Rehearsal } from '../api/rehearsal';
import { judge, scenarioName, words } from '../model/rehearsal';
import { inShortUnit, number } from '../model/time';
import { t, wordFor } from '../model/words';
import { Amount } from './amount';
import { Card } from './common';
import { Glance, Scoreboard, percentTile } from './glance';
import { ByHeading, Verdict } from './indicator_list';
import { IntervalPlot } from './interval';
import type { Mark } from './interval';
import { Differences } from './rehearsal_difference';
import { Adoption, Queues, Staff, Waits } from './rehearsal_time';
import { Truth } from './rehearsal_truth';

const verdicts = {
  met: <Verdict kind="good" word="verdict_met" />,
  missed: <Verdict kind="bad" word="verdict_missed" />,
  unsure: <Verdict kind="open" word="verdict_unsure" />,
};

function Indicators({ result, against }: { result: Rehearsal; against: Rehearsal | null }) {
  const others = new Map((against?.indicators ?? []).map((i) => [i.id, i]));
  return (
    <Card title={t('indicators')} lead={t('legend_rehearsal')} id="indicators">
      {against && (
        <p class="legend">
          <span class="key main">{scenarioName(result)}</span><span class="key other">{scenarioName(against)}</span>
        </p>
      )}
      <ByHeading items={result.indicators} tiled>{(item) => {
        const other = others.get(item.id);
        const name = words(item.name, item.id);
        const marks: Mark[] = [{ kind: 'main', label: scenarioName(result), ...item }];
        if (against && other) marks.push({ kind: 'other', label: scenarioName(against), ...other });
        const judged = judge(item, item.target);
        return (
          <>
            <div>
              <h4>{name}</h4>
              {judged && <p class="verdicts">{verdicts[judged]}</p>}
            </div>
            <div>
              <p class="values">
                {item.grows ? <Verdict kind="bad" word="grows" /> : <Amount value={item.value} unit={item.unit} />}
                {other && <span class="other">{other.grows ? t('grows') : inShortUnit(other.value, item.unit)}</span>}
                {item.target && <span class="quiet">{t('target')} {t(item.target.at_least ? 'at_least' : 'at_most', inShortUnit(item.target.value, item.unit))}</span>}
              </p>
              <IntervalPlot name={name} unit={item.unit} marks={marks} target={item.target} />
            </div>
          </>
        );
      }}</ByHeading>
    </Card>
  );
}

function Summary({ result }: { result: Rehearsal }) {
  const judged = result.indicators.map((i) => judge(i, i.target));
  const count = (kind: string) => judged.filter((j) => j === kind).length;
  const busiest = [...result.staff].filter((s) => s.use.value !== null)
    .sort((a, b) => (b.use.value ?? 0) - (a.use.value ?? 0))[0];
  return (
    <div class="card summary">
      <Scoreboard met={count('met')} missed={count('missed')} unsure={count('unsure')} />
      <Glance tiles={[
        { value: number(result.patients.value ?? 0, 0), label: t('patients_word') },
        ...(result.truth ? [percentTile(result.truth.missed.value, t('not_found_share'))] : []),
        ...(busiest ? [percentTile(busiest.use.value, t('busiest', words(busiest.name, busiest.role)),
                                   (busiest.use.value ?? 0) > 0.9)] : []),
      ]} />
      <p class="quiet">{t('result_of', result.days, result.replications)}</p>
    </div>
  );
}

// What a reader must know before anything else.
function Cautions({ result }: { result: Rehearsal }) {
  const growing = result.activities.filter((a) => a.grows);
  const incidents = result.incidents.value ?? 0;
  return (
    <>
      {growing.length > 0 && (
        <div class="error" role="note">
          <strong>{t('grows_lead')}</strong>
          <p>{growing.map((a) => words(a.name, wordFor('activity', a.id))).join(', ')}</p>
          <p>{t('grows_help')}</p>
        </div>
      )}
      {(result.replications === 1 || incidents > 0) && (
        <ul class="quiet">
          {result.replications === 1 && <li>{t('no_interval')}</li>}
          {incidents > 0 && <li>{t('rehearsed_incidents', number(incidents, 0), result.incident_at)}</li>}
        </ul>
      )}
    </>
  );
}

export function RehearsalResult({ result, against, comparison }: {
  result: Rehearsal; against: Rehearsal | null; comparison: Comparison | null;
}) {
  return (
    <>
      <h2 class="result">{words(result.title, result.pathway)} – {scenarioName(result)}</h2>
      <Summary result={result} />
      <Cautions result={result} />
      {comparison && <Differences comparison={comparison} />}
      <Indicators result={result} against={against} />
      {result.truth && <Truth truth={result.truth} against={against?.truth ?? null}
        names={[scenarioName(result), scenarioName(against)]} />}
      <Queues result={result} against={against} />
      <Waits result={result} />
      <Staff result={result} />
      <Adoption result={result} />
    </>
  );
}
