// Promise beside reality, a picture per indicator.
import type { ReviewedIndicator } from '../api/review';
import { inShortUnit } from '../model/time';
import { t } from '../model/words';
import { Amount } from './amount';
import { Card } from './common';
import { ByHeading, Verdict } from './indicator_list';
import { IntervalPlot } from './interval';
import type { Mark } from './interval';

function TargetVerdict({ verdict }: { verdict: ReviewedIndicator['target_verdict'] }) {
  if (verdict === 'held') return <Verdict kind="good" word="verdict_met" />;
  if (verdict === 'missed') return <Verdict kind="bad" word="verdict_missed" />;
  return verdict === null ? null : <Verdict kind="open" word="verdict_unsure" />;
}

function PromiseVerdict({ verdict }: { verdict: ReviewedIndicator['promise_verdict'] }) {
  if (verdict === 'held') return <Verdict kind="good" word="promise_held" />;
  if (verdict === 'missed') return <Verdict kind="bad" word="promise_missed" />;
  return null; // too few is said once, by the target
}

function Indicator({ item }: { item: ReviewedIndicator }) {
  const marks: Mark[] = [{ kind: 'main', label: t('reality'), ...item.result }];
  if (item.promise) marks.push({ kind: 'promise', label: t('promise'), ...item.promise });
  return (
    <>
      <div>
        <h4>{item.name}</h4>
        <p class="quiet">{item.what}</p>
        {item.target_verdict === 'missed' && item.advice && (
          <p class="advice"><strong>{t('what_to_do')}</strong> {item.advice}{item.target?.owner_name && ` (${item.target.owner_name})`}</p>
        )}
      </div>
      <div>
        <p class="values">
          <Amount value={item.result.value} unit={item.unit} />
          {item.promise && <span>{t('promise')} {inShortUnit(item.promise.value, item.unit)}</span>}
          {item.target && <span class="quiet">{t('target')} {t(item.target.at_least ? 'at_least' : 'at_most', inShortUnit(item.target.value, item.unit))}</span>}
        </p>
        <IntervalPlot name={item.name} unit={item.unit} marks={marks} target={item.target} />
        <p class="verdicts"><TargetVerdict verdict={item.target_verdict} /><PromiseVerdict verdict={item.promise_verdict} /></p>
      </div>
    </>
  );
}

export function ReviewedIndicators({ indicators }: { indicators: ReviewedIndicator[] }) {
  if (indicators.length === 0) return null;
  return (
    <Card title={t('indicators')} lead={t('legend_review')}>
      <ByHeading items={indicators}>{(item) => <Indicator item={item} />}</ByHeading>
    </Card>
  );
}
