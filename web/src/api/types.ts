// What the server says, as docs/api.md states it.

export type Instant = string; // RFC 3339, UTC

export interface Account {
  account: string;
  name: string;
  roles: string[];
  skills: string[]; // beside those of the roles
  skills_from: Record<string, string>; // not yet: the day, "2026-12-15"
  language: string;
  may: string[]; // "enrol", "messages"
}

export interface Patient {
  id: string;
  name: string;
  birth_date: string;
  phone: string;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json };

export interface WorkItem {
  id: string;
  case: string;
  pathway: string;
  activity: string;
  title: string;
  priority: number;
  opened: Instant;
  due: Instant | null;
  state: 'offered' | 'assigned' | 'started' | 'completed' | 'cancelled';
  owner: { account: string; name: string } | null;
  roles: string[];
  channel: string;
  form: string;
  patient: Patient;
  show: Fields;
  patient_facing: boolean;
  incident?: boolean; // something went wrong: a rule without a result, a message not delivered
}

// Work of one's roles that needs a skill which one does not have.
export interface KeptBack {
  item: WorkItem;
  skills: string[]; // those that are lacking
  who: string[]; // who could do it now
  reason: string; // in words
  help: string;
}

export interface Trend {
  link_id: string;
  label: string;
  unit: string;
  points: [Instant, number][];
}

export interface PastAnswers {
  at: Instant;
  form: string;
  values: Fields;
}

export interface TimelineEvent {
  at: Instant;
  activity: string;
  name: string;
  lifecycle: string;
  role: string;
  actor: string;
  channel: string;
  data: Fields | null;
  why: FiredRule[] | null; // of a decision
}

// A rule that fired, in words; those that it rests on stand below.
export interface FiredRule {
  rule: string;
  decision: string;
  says: string;
  met: string[];
  note: string;
  below: FiredRule[];
}

export interface WhyShown {
  text: string;
  at: Instant;
  rules: FiredRule[];
}

export interface WorkDetail {
  item: WorkItem;
  kept_back: KeptBack | null;
  questionnaire: Questionnaire | null;
  why: WhyShown[];
  trends: Trend[];
  answers: PastAnswers[];
  timeline: TimelineEvent[];
}

export interface Refusal {
  link_id: string;
  message: string;
}

export interface CaseSummary {
  id: string;
  pathway: string;
  patient: Patient;
  opened: Instant;
  ended: Instant | null;
  at: string[];
  attributes: Fields;
}

export interface CaseDetail extends CaseSummary {
  messages?: string[]; // that something of it waits for now
  work: WorkItem[];
  variables: Fields;
  answers: PastAnswers[];
  trends: Trend[];
  timeline: TimelineEvent[];
}

export interface ScenarioInfo {
  id: string;
  name: string;
  question: string;
}

// What a case can be told; `form`: what goes along, "" = nothing.
export interface MessageInfo { name: string; title: string; form: string }

export interface PathwayInfo {
  id: string;
  version: string;
  title: string;
  languages: string[];
  open_cases: number;
  messages: MessageInfo[];
  scenarios: ScenarioInfo[];
  activities?: { id: string; name: string; kind: string; roles: string[] }[];
  counts?: { [activity: string]: number };
  labels?: { [element: string]: string }; // of the drawing
  roles?: { [role: string]: string };
}

// FHIR R4 Questionnaire, as far as the pages read it.
export interface Extension {
  url: string;
  valueDecimal?: number;
  valueCode?: string;
  valueString?: string;
  valueCoding?: Coding;
  extension?: Extension[];
}
export interface Coding {
  code?: string;
  display?: string;
  _display?: { extension?: Extension[] };
  extension?: Extension[];
}
export interface QuestionnaireItem {
  linkId: string;
  text?: string;
  _text?: { extension?: Extension[] };
  type: string;
  required?: boolean;
  item?: QuestionnaireItem[];
  answerOption?: { valueCoding?: Coding; valueInteger?: number; valueString?: string;
    extension?: Extension[] }[];
  enableWhen?: ({ question: string; operator: string } & Record<string, unknown>)[];
  enableBehavior?: 'all' | 'any';
  extension?: Extension[];
}
export interface Questionnaire {
  title?: string;
  _title?: { extension?: Extension[] };
  item?: QuestionnaireItem[];
}
