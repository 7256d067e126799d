// A rehearsal as src/rehearse writes it (docs/rehearse.md). What does not exist is null.
import type { Instant } from './types';
import type { Heading, Target } from './review';

export type Texts = { fr?: string; en?: string } | string;

export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface RehearsedIndicator extends Estimate {
  id: string;
  name: Texts;
  heading: Heading;
  unit: string;
  target: Target | null;
  owner: string;
  grows: boolean; // without end: there is no mean
  met: number | null; // share of replications that meet the target
  groups: { attribute: string; value: string; result: Estimate; difference: Estimate }[];
}

export interface RehearsedActivity {
  id: string;
  name: Texts;
  roles: string[];
  staff: boolean;
  grows: boolean; // more comes than can be done
  offered: Estimate;
  done: Estimate;
  late: Estimate;
  wait_median: Estimate;
  wait_p90: Estimate;
  wait_by_hour: (number | null)[];
}

export interface RehearsedQueue {
  roles: string[];
  grows: boolean;
  mean: Estimate;
  peak: Estimate;
  waiting: (number | null)[];
}

export interface RehearsedStaff {
  role: string;
  name: Texts;
  use: Estimate;
  peak_use: Estimate;
  paid_hours: Estimate;
  busy_hours: Estimate;
  on_duty: (number | null)[];
  busy: (number | null)[];
}

// Work that some do in a new way and others still in the old one.
export interface RehearsedAdoption {
  role: string;
  name: Texts;
  activities: string[];
  people: number;
  at_start: Estimate;
  at_end: Estimate;
  work: Estimate;
  changed: number[]; // people, by day
}

export interface RehearsedTruth {
  deteriorated: Estimate;
  sensitivity: Estimate;
  found: Estimate;
  missed: Estimate;
  to_alert_median: Estimate;
  to_alert_p90: Estimate;
  to_found_median: Estimate;
  to_found_p90: Estimate;
  alerts: Estimate;
  false_alerts: Estimate;
  false_share: Estimate;
  false_hours: Estimate;
}

export interface Rehearsal {
  pathway: string;
  version: string;
  scenario: string;
  scenario_name: Texts;
  title: Texts;
  days: number;
  replications: number;
  seed: number;
  start: Instant;
  end: Instant;
  patients: Estimate;
  incidents: Estimate;
  incident_at: string; // the first one: activity
  indicators: RehearsedIndicator[];
  activities: RehearsedActivity[];
  queues: RehearsedQueue[];
  staff: RehearsedStaff[];
  adoption: RehearsedAdoption[];
  truth: RehearsedTruth | null;
  outcomes: { name: string; patients: Estimate; share: Estimate }[];
}

export interface Difference {
  kind: string;
  id: string;
  name: Texts;
  unit: string;
  before: Estimate;
  after: Estimate;
  before_grows: boolean; // without end: there is no mean and no difference
  after_grows: boolean;
  difference: Estimate;
  real: boolean;
  better: boolean | null;
}

export interface Comparison {
  before: string;
  after: string;
  before_name: Texts;
  after_name: Texts;
  replications: number;
  patients_shared: number;
  differences: Difference[];
}

export interface RehearsalRun {
  state: 'running' | 'done' | 'failed' | 'stopped';
  progress: number;
  result: Rehearsal | null;
  against: Rehearsal | null;
  comparison: Comparison | null;
  changes: string[]; // to the situation, by who ordered it
  error: string | { message: string; help?: string } | null;
}

// What may be changed before a rehearsal, and how a change names it.
export interface PeopleLever {
  kind: 'people';
  file: string;
  path: string;
  name: string; // of the shift
  role: string;
  role_name: string;
  days: number[]; // 1: runs, from Monday
  from: string;
  to: string;
  people: number[]; // one for each date from which it changes
}
export interface ThresholdLever {
  kind: 'threshold';
  file: string;
  decision: string;
  name: string;
  unit: string;
  value: number;
}
export interface ArrivalsLever {
  kind: 'arrivals';
  file: string;
  path: string;
  name: string;
  inverse: boolean; // minutes between patients, not patients a day
}
export type Lever = PeopleLever | ThresholdLever | ArrivalsLever;

export type Change =
  | { file: string; path: string; to: number }
  | { file: string; path: string; add: number }
  | { file: string; path: string; times: number }
  | { file: string; decision: string; to: string };

// Where everybody is, step by step, in one replication.
export interface Animated {
  start: Instant;
  zone: string;
  step_minutes: number;
  steps: number;
  open: number[];
  activities: { id: string; waiting: number[]; in_hand: number[] }[];
  moves: { from: string; to: string; at: number[] }[]; // step, count, step, count, …
  staff: { role: string; on_duty: number[]; busy: number[] }[]; // by hour
}
