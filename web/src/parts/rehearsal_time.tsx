// Over the days: what waits, for how long, and how busy the teams are.
import { useMemo } from 'preact/hooks';
import type { Rehearsal } from '../api/rehearsal';
import { hoursOf, roleNames, scenarioName, words } from '../model/rehearsal';
import { inUnit, minutes, number } from '../model/time';
import { named, t, wordFor } from '../model/words';
import { Chart } from './chart';
import type { Line } from './chart';
import { Card } from './common';
import { Verdict } from './indicator_list';

const colours = 6;

export function Queues({ result, against }: { result: Rehearsal; against: Rehearsal | null }) {
  const drawn = useMemo(() => {
    const hours = hoursOf(result.start, Math.max(0, ...result.queues.map((q) => q.waiting.length)));
    const roles = roleNames(result);
    const nameOf = (ids: string[]) => ids.map((r) => roles.get(r) ?? wordFor('role', r)).join(' / ');
    // The queues that ever hold anybody, the longest first.
    const busy = [...result.queues].filter((q) => (q.peak.value ?? 0) > 0)
      .sort((a, b) => Number(b.grows) - Number(a.grows) || (b.mean.value ?? 0) - (a.mean.value ?? 0)).slice(0, 4);
    const lines: Line[] = busy.map((q, i) => ({
      label: nameOf(q.roles), values: hours.join(q.waiting), colour: (i % colours) + 1, filled: busy.length === 1,
    }));
    busy.forEach((q, i) => {
      const other = against?.queues.find((o) => o.roles.join() === q.roles.join());
      if (other) {
        lines.push({ label: `${nameOf(q.roles)} (${scenarioName(against)})`, values: hours.join(other.waiting),
                     colour: (i % colours) + 1, dashed: true });
      }
    });
    return { times: hours.times, lines, any: busy.length > 0 && hours.times.length > 1 };
  }, [result, against]);
  if (!drawn.any) return null;
  return (
    <Card title={t('queues')} lead={t('queues_lead')}>
      <Chart title={t('queues')} times={drawn.times} lines={drawn.lines} unit="" />
    </Card>
  );
}

export function Waits({ result }: { result: Rehearsal }) {
  const drawn = useMemo(() => {
    const waited = result.activities.filter((a) => a.staff && ((a.done.value ?? 0) > 0 || a.grows))
      .sort((a, b) => Number(b.grows) - Number(a.grows) || (b.wait_p90.value ?? 0) - (a.wait_p90.value ?? 0));
    const hours = hoursOf(result.start, Math.max(0, ...waited.map((a) => a.wait_by_hour.length)));
    const lines: Line[] = waited.slice(0, 4).map((a, i) => ({
      label: words(a.name, wordFor('activity', a.id)), values: hours.join(a.wait_by_hour), colour: (i % colours) + 1,
    }));
    return { waited, times: hours.times, lines };
  }, [result]);
  if (drawn.waited.length === 0) return null;
  const most = Math.max(...drawn.waited.map((a) => a.wait_p90.value ?? 0), 1);
  return (
    <Card title={t('waits')} lead={t('waits_lead')}>
      {drawn.times.length > 1 && <Chart title={t('waits')} times={drawn.times} lines={drawn.lines} unit=" min" />}
      <ul class="waits">
        {drawn.waited.map((a) => (
          <li key={a.id}>
            <span>{words(a.name, wordFor('activity', a.id))} <span class="quiet">({number(a.done.value ?? 0, 0)})</span></span>
            <span class="reach" aria-hidden="true">
              <span class="far" style={{ width: `${(100 * (a.wait_p90.value ?? 0)) / most}%` }} />
              <span class="near" style={{ width: `${(100 * (a.wait_median.value ?? 0)) / most}%` }} />
            </span>
            <span class="figures">
              {a.grows ? <Verdict kind="bad" word="grows" />
                : <><strong>{minutes(a.wait_median.value)}</strong> {t('median')} · {t('nine_in_ten')} {minutes(a.wait_p90.value)}</>}
              {a.late.value !== null && <> · {t('late_count', inUnit(a.late.value, 'share'))}</>}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Staff({ result }: { result: Rehearsal }) {
  const working = result.staff.filter((s) => (s.paid_hours.value ?? 0) > 0);
  const drawn = useMemo(() => {
    const busiest = [...working].sort((a, b) => (b.use.value ?? 0) - (a.use.value ?? 0))[0];
    if (!busiest) return null;
    const hours = hoursOf(result.start, busiest.on_duty.length);
    const name = words(busiest.name, wordFor('role', busiest.role));
    const lines: Line[] = [
      { label: `${name}, ${t('on_duty')}`, values: hours.join(busiest.on_duty), colour: 3 },
      { label: `${name}, ${t('busy')}`, values: hours.join(busiest.busy), colour: 1, filled: true },
    ];
    return { times: hours.times, lines };
  }, [result]);
  if (!drawn) return null;
  return (
    <Card title={t('staff_use')} lead={t('staff_lead')}>
      {drawn.times.length > 1 && <Chart title={t('staff_use')} times={drawn.times} lines={drawn.lines} unit="" />}
      <ul class="waits">
        {working.map((s) => (
          <li key={s.role}>
            <span>{words(s.name, wordFor('role', s.role))}</span>
            <span class="reach whole" aria-hidden="true">
              <span class="far" style={{ width: `${100 * Math.min(1, s.peak_use.value ?? 0)}%` }} />
              <span class="near" style={{ width: `${100 * Math.min(1, s.use.value ?? 0)}%` }} />
            </span>
            <span class="figures">
              <strong>{inUnit(s.use.value, 'share')}</strong> · {t('peak_hour', inUnit(s.peak_use.value, 'share'))}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

// Who works in the new way, day by day.
export function Adoption({ result }: { result: Rehearsal }) {
  const drawn = useMemo(() => {
    const names = result.adoption.map((a) => {
      const role = words(a.name, wordFor('role', a.role));
      const tasks = a.activities.map((id) => {
        const activity = result.activities.find((other) => other.id === id);
        return words(activity?.name, wordFor('activity', id));
      });
      return tasks.length > 0 ? named(role, tasks.join(', ')) : role;
    });
    const days = Math.max(0, ...result.adoption.map((a) => a.changed.length));
    const first = Date.parse(result.start) / 1000;
    const times = Array.from({ length: days }, (_, day) => first + day * 86400);
    const lines: Line[] = result.adoption.map((a, i) => ({
      label: names[i], values: a.changed, colour: (i % colours) + 1, filled: result.adoption.length === 1,
    }));
    return { names, times, lines };
  }, [result]);
  if (result.adoption.length === 0) return null;
  const people = (value: number | null) => (value === null ? '–' : number(value, 1));
  return (
    <Card title={t('adoption')} lead={t('adoption_lead')}>
      {drawn.times.length > 1 && <Chart title={t('adoption')} times={drawn.times} lines={drawn.lines} unit="" />}
      <ul class="waits">
        {result.adoption.map((a, i) => (
          <li key={drawn.names[i]}>
            <span>{drawn.names[i]}</span>
            <span class="reach whole" aria-hidden="true">
              <span class="near" style={{ width: `${a.people > 0 ? 100 * (a.at_end.value ?? 0) / a.people : 0}%` }} />
            </span>
            <span class="figures">
              <strong>{t('adopted_of', people(a.at_end.value), a.people)}</strong> · {t('adopted_before', people(a.at_start.value))}
              {a.work.value !== null && <> · {t('adopted_work', inUnit(a.work.value, 'share'))}</>}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
