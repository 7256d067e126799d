// The door through which a new patient comes in; the pathway's own enrolment form follows.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, post } from '../api/client';
import type { PathwayInfo, WorkItem } from '../api/types';
import { useShortcuts } from '../model/keys';
import { usePolled } from '../model/poll';
import { go } from '../model/route';
import type { PageProps } from '../model/route';
import { t } from '../model/words';
import { Card, Empty, ErrorBox, Loading } from '../parts/common';
import { Key } from '../parts/keys';

// FHIR R4 Patient, as far as the door asks.
function patientOf(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  return {
    resourceType: 'Patient',
    name: [{ use: 'official', family: text('family'), given: [text('given')] }],
    gender: text('gender') || 'unknown',
    birthDate: text('birth_date'),
    ...(text('phone') ? { telecom: [{ system: 'phone', value: text('phone'), use: 'mobile' }] } : {}),
  };
}

export function EnrolPage(_: PageProps) {
  const pathways = usePolled<PathwayInfo[]>('/api/pathways', 0);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  useShortcuts([{ key: 'Escape', run: () => go('cases') }]);
  const send = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    setBusy(true);
    setError(null);
    try {
      const opened = await post<{ case: string; work: WorkItem | null }>('/api/cases', {
        pathway: String(form.get('pathway')), patient: patientOf(form), start_first_work: true,
      });
      go(opened.work ? `work/${opened.work.id}` : `case/${opened.case}`);
    } catch (problem) {
      setError(problem as ApiError);
      setBusy(false);
    }
  };
  const list = pathways.value ?? [];
  useEffect(() => document.getElementById('first')?.focus(), [pathways.value === null]);
  return (
    <div class="narrow">
      <p class="back"><a href="#/cases">← {t('cases')}</a> <Key name={t('key_escape')} /></p>
      <h1>{t('new_patient')}</h1>
      {pathways.error && <ErrorBox error={pathways.error} retry={pathways.refresh} />}
      {!pathways.value && !pathways.error && <Loading />}
      {pathways.value && list.length === 0 && <Empty title={t('no_pathway')} />}
      {error && <ErrorBox error={error} />}
      {list.length > 0 && (
        <Card title={t('patient')} lead={t('new_patient_lead')}>
          <form class="fields" onSubmit={(event) => void send(event)}>
            {list.length === 1 ? <input type="hidden" name="pathway" value={list[0].id} /> : (
              <label class="wide">{t('pathway')}
                <select name="pathway">{list.map((p) => <option key={p.id} value={p.id}>{p.title}</option>)}</select>
              </label>
            )}
            <label>{t('family')}<input id="first" name="family" required autocomplete="off" /></label>
            <label>{t('given')}<input name="given" required autocomplete="off" /></label>
            <label>{t('birth_date')}
              <input name="birth_date" type="date" required min="1900-01-01" max={new Date().toISOString().slice(0, 10)} />
            </label>
            <label>{t('phone')} <small>{t('phone_hint')}</small>
              <input name="phone" type="tel" autocomplete="off" pattern="\+?[0-9 .\-\(\)\/]{6,24}" title={t('phone_form')} />
            </label>
            <fieldset class="wide">
              <legend>{t('sex')}</legend>
              <div class="options short">
                {(['female', 'male', 'other', 'unknown'] as const).map((g) => (
                  <label key={g}><input type="radio" name="gender" value={g} required /><span>{t(g)}</span></label>
                ))}
              </div>
            </fieldset>
            <button type="submit" class="main" disabled={busy}>{t('enrol')}</button>
          </form>
        </Card>
      )}
    </div>
  );
}
