// What only a twin can know: who got worse, and who of them was found.
import type { RehearsedTruth } from '../api/rehearsal';
import { inUnit, minutes, number } from '../model/time';
import { t } from '../model/words';
import { Card } from './common';

function Bar({ truth, name }: { truth: RehearsedTruth; name: string }) {
  const found = truth.found.value ?? 0;
  const missed = truth.missed.value ?? 0;
  return (
    <div class="truth">
      {name && <h3>{name}</h3>}
      <div class="split" role="img" aria-label={`${t('truth_found')} ${inUnit(found, 'share')}, ${t('truth_missed')} ${inUnit(missed, 'share')}`}>
        <span class="found" style={{ width: `${found * 100}%` }} />
        <span class="missed" style={{ width: `${missed * 100}%` }} />
      </div>
      <p class="values">
        <span><strong class="big">{number(truth.deteriorated.value ?? 0, 0)}</strong> {t('truth_deteriorated')}</span>
        <span class="key found"><strong>{inUnit(found, 'share')}</strong> {t('truth_found')}</span>
        <span class="key missed"><strong>{inUnit(missed, 'share')}</strong> {t('truth_missed')}</span>
      </p>
      <p class="quiet">
        {minutes(truth.to_alert_median.value)} {t('to_alert')} ({t('median')}) · {minutes(truth.to_found_median.value)} {t('to_found')}
        {' '}({t('nine_in_ten')} {minutes(truth.to_found_p90.value)})
        {truth.alerts.value !== null && <> · {number(truth.alerts.value, 0)} {t('truth_alerts')}, {inUnit(truth.false_share.value, 'share')} {t('truth_false')}</>}
      </p>
    </div>
  );
}

export function Truth({ truth, against, names }: { truth: RehearsedTruth; against: RehearsedTruth | null;
                                                   names: [string, string] }) {
  return (
    <Card title={t('truth')} lead={t('truth_lead')}>
      <Bar truth={truth} name={against ? names[0] : ''} />
      {against && <Bar truth={against} name={names[1]} />}
    </Card>
  );
}
