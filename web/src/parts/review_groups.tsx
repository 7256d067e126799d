// Whether some patients are served less well than others: each group on one scale.
import { useState } from 'preact/hooks';
import type { ReviewedGroup, ReviewedIndicator } from '../api/review';
import { difference, inShortUnit, number } from '../model/time';
import { named, t } from '../model/words';
import { Card } from './common';
import { IntervalPlot } from './interval';

const nameOf = (group: ReviewedGroup) => group.name || group.value || t('not_told');

function Attribute({ indicator, attribute }: { indicator: ReviewedIndicator; attribute: string }) {
  const groups = indicator.groups.filter((g) => g.attribute === attribute && g.result.value !== null);
  if (groups.length < 2) return null;
  const title = groups[0].attribute_name || attribute;
  return (
    <div class="group-plot">
      <h4>{title}</h4>
      <div class="group-rows">
        <ul>
          {groups.map((g) => (
            <li key={g.value} class={g.differs ? 'differs' : ''}>
              <span>{nameOf(g)} <span class="quiet">({number(g.result.n)})</span></span>
              <strong>{inShortUnit(g.result.value, indicator.unit)}</strong>
            </li>
          ))}
        </ul>
        <IntervalPlot name={`${indicator.name}, ${title}`} unit={indicator.unit} target={indicator.target}
          marks={groups.map((g) => ({ kind: g.differs ? 'differs' : 'group', label: nameOf(g), ...g.result }))} />
      </div>
      {groups.filter((g) => g.differs).map((g) => (
        <p key={g.value} class="wrong">◆ {named(nameOf(g), t('differs'))} ({difference(g.difference, indicator.unit)})</p>
      ))}
    </div>
  );
}

export function Equity({ indicators }: { indicators: ReviewedIndicator[] }) {
  const [all, setAll] = useState(false);
  const grouped = indicators.filter((i) => i.groups.some((g) => g.result.value !== null));
  if (grouped.length === 0) return null;
  const differing = grouped.filter((i) => i.groups.some((g) => g.differs));
  const shown = all ? grouped : differing;
  const attributes = (i: ReviewedIndicator) => {
    const names = [...new Set(i.groups.map((g) => g.attribute))];
    return all ? names : names.filter((a) => i.groups.some((g) => g.attribute === a && g.differs));
  };
  return (
    <Card title={t('equity')} lead={t('equity_lead')} tools={(
      <label class="check">
        <input type="checkbox" checked={all} onChange={() => setAll(!all)} /> {t('all_groups')}
      </label>
    )}>
      {shown.length === 0 && <p>{t('equity_none')}</p>}
      {shown.map((i) => (
        <section key={i.id} aria-label={i.name} class="equity">
          <h3>{i.name}</h3>
          <div class="group-plots">
            {attributes(i).map((a) => <Attribute key={a} indicator={i} attribute={a} />)}
          </div>
        </section>
      ))}
    </Card>
  );
}
