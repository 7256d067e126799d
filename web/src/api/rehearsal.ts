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
  met: number | null; // share of replications that meet the target
  groups: { attribute: string; value: string; result: Estimate; difference: Estimate }[];
}

export interface RehearsedActivity {
  id: string;
  name: Texts;
  roles: string[];
  staff: boolean;
  offered: Estimate;
  done: Estimate;
  late: Estimate;
  wait_median: Estimate;
  wait_p90: Estimate;
  wait_by_hour: (number | null)[];
}

export interface RehearsedQueue {
  roles: string[];
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
  indicators: RehearsedIndicator[];
  activities: RehearsedActivity[];
  queues: RehearsedQueue[];
  staff: RehearsedStaff[];
  truth: RehearsedTruth | null;
  outcomes: { name: string; patients: Estimate; share: Estimate }[];
  remarks: string[];
}

export interface Difference {
  kind: string;
  id: string;
  name: Texts;
  unit: string;
  before: Estimate;
  after: Estimate;
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
  error: string | { message: string; help?: string } | null;
}
