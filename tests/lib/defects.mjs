// What a team gets wrong when it writes a package, one defect at a time, and the finding by which
// `passerelle check` must answer. Each edit changes a copy of pathways/covid-home.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { covid_home } from './server.mjs';

function replace(folder, file, from, to) {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} no longer holds ${from}: mend this defect`);
  writeFileSync(path, after);
}
function change_form(folder, file, change) {
  const path = join(folder, file);
  const form = JSON.parse(readFileSync(path, 'utf8'));
  change(form);
  writeFileSync(path, JSON.stringify(form, null, 2));
}

export const defects = [
  {
    what: 'a decision that no file has',
    finding: 'unknown-decision', file: 'pathway.bpmn', says: /Tri age/,
    edit: (folder) => replace(folder, 'pathway.bpmn', 'p:decision="Triage"', 'p:decision="Tri age"'),
  },
  {
    what: 'a task without a role',
    finding: 'task-without-role', file: 'pathway.bpmn', says: /unreachable/,
    edit: (folder) => {
      replace(folder, 'pathway.bpmn', /(<lane id="lane_coordinator"[^>]*?) p:role="coordinator"/, '$1');
      replace(folder, 'pathway.bpmn', /(<userTask id="unreachable"[^>]*?) p:role="coordinator"/, '$1');
    },
  },
  {
    what: 'hours that nobody covers although a deadline is promised',
    finding: 'hours-without-cover', file: 'pathway.bpmn', says: /nurse_call|daily_phone/,
    edit: (folder) => replace(folder, 'organisation.yaml',
      /(  nurse:\n[\s\S]*?)      - name: afternoon\n[\s\S]*?\n\n/, '$1\n'),
  },
  {
    what: 'a form item that a rule reads and the form lacks',
    finding: 'rule-item-missing', file: 'triage.dmn', says: /pulse/,
    edit: (folder) => change_form(folder, 'forms/daily.json', (form) => {
      form.item = form.item.filter((item) => item.linkId !== 'pulse');
    }),
  },
  {
    what: 'a gap in a decision table',
    finding: 'table-gap', file: 'triage.dmn', says: /Temperature level/,
    edit: (folder) => replace(folder, 'triage.dmn', /<rule id="r_t_high">.*?<\/rule>/, ''),
  },
  {
    what: 'two rules of a decision table that both apply',
    finding: 'table-overlap', file: 'triage.dmn', says: /Temperature level/,
    edit: (folder) => replace(folder, 'triage.dmn', '[fever threshold..high fever threshold)', '&gt;= fever threshold'),
  },
  {
    what: 'a step of the patient with no path without a smartphone',
    finding: 'no-path-without-smartphone', file: 'pathway.bpmn', says: /daily/,
    edit: (folder) => replace(folder, 'organisation.yaml', /  phone:\n    name: channel.phone\n    by: nurse\n/, ''),
  },
  {
    what: 'an indicator on an event that cannot happen',
    finding: 'indicator-impossible-event', file: 'indicators.yaml', says: /'assign' of 'remind'/,
    edit: (folder) => replace(folder, 'indicators.yaml', 'activity: nurse_call, on: [start, complete]', 'activity: remind, on: assign'),
  },
  {
    what: 'a text that is missing in one language',
    finding: 'text-missing-language', file: 'texts/', says: /task\.nurse_call.*en/,
    edit: (folder) => replace(folder, 'texts/en.yaml', /^task\.nurse_call:.*\n/m, ''),
  },
  {
    what: 'work that exceeds the hours of the staff',
    finding: 'work-exceeds-hours', file: 'organisation.yaml', says: /nurse: from .*load [1-9]/,
    edit: (folder) => replace(folder, 'organisation.yaml', 'nurse_call, minutes: {pert: [3, 7, 20]}', 'nurse_call, minutes: {pert: [30, 70, 200]}'),
  },
  {
    what: 'a handover that nobody receives',
    finding: 'handover-without-receiver', file: 'pathway.bpmn', says: /physician_call/,
    edit: (folder) => replace(folder, 'organisation.yaml', /from: "20:00"\n(\s+)to: "08:00"/, 'from: "20:25"\n$1to: "08:00"'),
  },
  {
    what: 'a skill that nobody has',
    finding: 'skill-untrained', file: 'organisation.yaml', says: /'unreachable' needs the skill 'tact'/,
    edit: (folder) => replace(folder, 'organisation.yaml', 'skills: [coordination], visits', 'skills: [tact], visits'),
  },
  {
    what: 'a code that is none of the options',
    finding: 'rule-unknown-option', file: 'pathway.bpmn', says: /no_anser/,
    edit: (folder) => replace(folder, 'pathway.bpmn', '=outcome.outcome = "no_answer"', '=outcome.outcome = "no_anser"'),
  },
  {
    what: 'a threshold in another unit',
    finding: 'threshold-unit', file: 'triage.dmn', says: /daily\.temperature.*Cel.*\[degF\]/,
    edit: (folder) => replace(folder, 'triage.dmn', 'name="fever threshold" p:unit="Cel"', 'name="fever threshold" p:unit="[degF]"'),
  },
];

// A copy of the package with one defect, in `folder`/covid-home.
export function broken_copy(folder, defect) {
  const copy = join(folder, 'covid-home');
  cpSync(covid_home, copy, { recursive: true });
  defect.edit(copy);
  return copy;
}
