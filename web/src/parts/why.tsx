// Why rules said what they said: what each asked about, and what it met. Closed until somebody asks.
import type { FiredRule, WhyShown } from '../api/types';
import { moment } from '../model/time';
import { t } from '../model/words';

// A rule that only passes on what others found says no line of its own.
function Rules({ rules }: { rules: FiredRule[] }) {
  return (
    <ul class="rules">
      {rules.map((rule, i) => {
        const below = rule.below.length > 0 && <Rules rules={rule.below} />;
        if (rule.met.length === 0) return <li key={i} class="passes">{below}</li>;
        return (
          <li key={i}>
            {rule.met.join('; ')}
            {rule.note && <span class="quiet"> – {rule.note}</span>}
            {below}
          </li>
        );
      })}
    </ul>
  );
}

// Under the reasons of a work item; one reason needs no name.
export function Why({ why, now }: { why: WhyShown[]; now: string }) {
  if (why.length === 0) return null;
  return (
    <details class="whys">
      <summary>{t('why')}</summary>
      {why.map((each) => (
        <section key={each.text} aria-label={each.text}>
          {why.length > 1 && <h3>{each.text}</h3>}
          <Rules rules={each.rules} />
          <p class="quiet">{t('why_at', moment(each.at, now))}</p>
        </section>
      ))}
    </details>
  );
}

// Beside a decision in the history.
export function WhyDecided({ rules }: { rules: FiredRule[] | null | undefined }) {
  if (!rules || rules.length === 0) return null;
  return <details class="whys"><summary>{t('why')}</summary><Rules rules={rules} /></details>;
}
