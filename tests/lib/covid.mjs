// What tests and the demo do with the covid-home pathway over HTTP, as people would.

export const enrolment = {
  told: 'true', age: '45', first_symptom_day: '2020-03-24', device: 'smartphone', connection: 'true',
  reads_sms: 'true', language: 'fr', helper: 'false',
};
export const well = {
  breath: '0', general: '0', trend: 'same', temperature: '37', cough: '0', smell: '0', diarrhoea: '0',
  vomiting: '0', anxiety: '0', sadness: '0', isolation: 'true', callback: 'false',
};
export const feverish = { ...well, general: '1', trend: 'worse', temperature: '39.4' };
export const breathless = { ...well, breath: '3', breath_activity: '3', general: '2', trend: 'worse' };

export function patient({ given = 'Jean', family = 'DUPONT', phone = '+33600000001', birth = '1975-05-04', gender = 'male' } = {}) {
  return {
    resourceType: 'Patient',
    name: [{ family, given: [given] }],
    gender,
    birthDate: birth,
    telecom: [{ system: 'phone', value: phone, use: 'mobile' }],
  };
}

// Opens a case and fills in the enrolment form; {case, patient}.
export async function enrol(client, who = patient(), answers = enrolment) {
  const opened = await client.must('POST', '/api/cases', { pathway: 'covid-home', patient: who, start_first_work: true });
  const done = await client.must('POST', `/api/work/${opened.work.id}/complete`, { answers });
  if (!done.done) throw new Error(`the enrolment was refused: ${JSON.stringify(done)}`);
  return opened;
}

export async function worklist(client) {
  return (await client.must('GET', '/api/worklist')).items;
}

// Takes the work, calls, and writes down what came of it.
export async function call(client, work, answers) {
  await client.must('POST', `/api/work/${work.id}/take`);
  await client.must('POST', `/api/work/${work.id}/begin`);
  return client.must('POST', `/api/work/${work.id}/complete`, { answers });
}
