// What a person changes before a rehearsal: how many people a shift has, thresholds, how many come.
import type { ArrivalsLever, Change, Lever, PeopleLever, ThresholdLever } from '../api/rehearsal';
import { usePolled } from '../model/poll';
import { locale, t } from '../model/words';
import { ErrorBox, Loading } from './common';

// By lever: what was typed. Headcounts that change on dates are moved, others set.
export type Typed = Record<string, number>;

const keyOf = (lever: Lever) => `${lever.file} ${lever.kind === 'threshold' ? lever.decision : lever.path}`;
const constant = (lever: PeopleLever) => lever.people.length === 1;

function planned(lever: Lever): number {
  if (lever.kind === 'threshold') return lever.value;
  if (lever.kind === 'arrivals') return 100;
  return constant(lever) ? lever.people[0] : 0;
}

export const leversPath = (pathway: string, scenario: string) =>
  `/api/pathways/${encodeURIComponent(pathway)}/levers?scenario=${encodeURIComponent(scenario)}`;

export function changesOf(levers: Lever[], typed: Typed): Change[] {
  return levers.filter((l) => changed(l, typed)).map((lever): Change => {
    const value = typed[keyOf(lever)];
    const { file } = lever;
    if (lever.kind === 'threshold') return { file, decision: lever.decision, to: String(value) };
    if (lever.kind === 'people') {
      return constant(lever) ? { file, path: lever.path, to: value } : { file, path: lever.path, add: value };
    }
    const times = lever.inverse ? 100 / value : value / 100;
    return { file, path: lever.path, times };
  });
}

function changed(lever: Lever, typed: Typed): boolean {
  const value = typed[keyOf(lever)];
  return value !== undefined && Number.isFinite(value) && value !== planned(lever);
}

// "Mon–Fri", "Sat, Sun", in the language of the page.
function daysOf(days: number[]): string {
  const short = new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' });
  const name = (i: number) => short.format(Date.UTC(2024, 0, 1 + i)); // a Monday
  const parts: string[] = [];
  for (let i = 0; i < 7; i++) {
    if (!days[i]) continue;
    let end = i;
    while (end + 1 < 7 && days[end + 1]) end++;
    parts.push(end > i ? `${name(i)}–${name(end)}` : name(i));
    i = end;
  }
  return parts.join(', ');
}

// UCUM as people write it.
const unitOf = (ucum: string) => (ucum === 'Cel' ? '°C' : ucum === 'a' ? t('years_unit') : ucum.replace(/[{}]/g, ''));

interface FieldProps { lever: Lever; typed: Typed; set: (key: string, value: number | undefined) => void }

function Field({ lever, typed, set, label, hint, unit, ...limits }: FieldProps & {
  label: string; hint: string; unit: string; min?: number; max?: number; step: number | 'any';
}) {
  const key = keyOf(lever);
  const is = changed(lever, typed);
  return (
    <li class={is ? 'changed' : ''}>
      <label>
        <span>{label} <small>{hint}</small></span>
        <span class="with-unit">
          <input type="number" value={typed[key] ?? planned(lever)} {...limits}
            onInput={(e) => {
              const { value } = e.target as HTMLInputElement;
              set(key, value === '' ? undefined : Number(value));
            }} /> {unit}
        </span>
      </label>
      {is && <button type="button" class="small plain" onClick={() => set(key, undefined)}
        aria-label={t('as_before_of', label)}>{t('as_before')}</button>}
    </li>
  );
}

function People({ levers, ...rest }: { levers: PeopleLever[] } & Omit<FieldProps, 'lever'>) {
  return (
    <fieldset>
      <legend>{t('change_people')}</legend>
      <ul class="levers">
        {levers.map((lever) => {
          const hours = `${daysOf(lever.days)} ${lever.from}–${lever.to}`;
          const rows = constant(lever) ? '' : ` · ${t('people_by_dates', Math.min(...lever.people), Math.max(...lever.people))}`;
          return <Field key={lever.path} lever={lever} {...rest} label={`${lever.role_name}, ${lever.name}`}
            hint={hours + rows} unit={t(constant(lever) ? 'people_unit' : 'people_more')} step={1}
            min={constant(lever) ? 0 : -10_000} max={10_000} />;
        })}
      </ul>
    </fieldset>
  );
}

function Thresholds({ levers, ...rest }: { levers: ThresholdLever[] } & Omit<FieldProps, 'lever'>) {
  return (
    <fieldset>
      <legend>{t('change_thresholds')}</legend>
      <ul class="levers">
        {levers.map((lever) => (
          <Field key={keyOf(lever)} lever={lever} {...rest} label={lever.name} hint="" unit={unitOf(lever.unit)} step="any" />
        ))}
      </ul>
    </fieldset>
  );
}

function Arrivals({ levers, ...rest }: { levers: ArrivalsLever[] } & Omit<FieldProps, 'lever'>) {
  return (
    <fieldset>
      <legend>{t('change_arrivals')}</legend>
      <ul class="levers">
        {levers.map((lever) => (
          <Field key={lever.path} lever={lever} {...rest} label={lever.name || t('patients_word')} hint="" unit={t('of_planned')}
            min={1} max={10_000} step={1} />
        ))}
      </ul>
    </fieldset>
  );
}

export function OwnChanges({ pathway, scenario, typed, change }: {
  pathway: string; scenario: string; typed: Typed; change: (typed: Typed, levers: Lever[]) => void;
}) {
  const { value, error, refresh } = usePolled<Lever[]>(leversPath(pathway, scenario), 0);
  if (error) return <ErrorBox error={error} retry={refresh} />;
  if (!value) return <Loading />;
  const of = <Kind extends Lever['kind']>(kind: Kind) => value.filter((l): l is Extract<Lever, { kind: Kind }> => l.kind === kind);
  const set = (key: string, next: number | undefined) => {
    const { [key]: _, ...others } = typed;
    change(next === undefined ? others : { ...others, [key]: next }, value);
  };
  const rest = { typed, set };
  return (
    <div class="own">
      {of('people').length > 0 && <People levers={of('people')} {...rest} />}
      {of('threshold').length > 0 && <Thresholds levers={of('threshold')} {...rest} />}
      {of('arrivals').length > 0 && <Arrivals levers={of('arrivals')} {...rest} />}
    </div>
  );
}
