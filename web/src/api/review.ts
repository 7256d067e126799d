// The review as src/review/to_json.cpp writes it.
import type { Instant } from './types';

export interface Times {
  n: number;
  mean: number;
  median: number;
  p90: number;
}

export interface Outcome {
  value: number | null;
  low: number | null;
  high: number | null;
  numerator: number | null;
  denominator: number | null;
  n: number;
}

export interface Target {
  text: string;
  at_least: boolean;
  value: number;
  owner?: string;
  owner_name?: string;
}

export type Verdict = 'held' | 'missed' | 'too_few';
export type Heading = 'process' | 'capabilities' | 'society';

export interface ReviewedGroup {
  attribute: string;
  attribute_name: string;
  value: string;
  name: string;
  result: Outcome;
  difference: number | null;
  difference_low: number | null;
  difference_high: number | null;
  differs: boolean;
}

export interface ReviewedIndicator {
  id: string;
  name: string;
  what: string;
  advice: string;
  heading: Heading;
  unit: string;
  result: Outcome;
  target: Target | null;
  target_verdict: Verdict | null;
  promise: { value: number | null; low: number | null; high: number | null } | null;
  promise_verdict: Verdict | null;
  groups: ReviewedGroup[];
}

export interface ActivityTimes {
  id: string;
  name: string;
  completed: number;
  cases: number;
  waiting: Times | null;
  service: Times | null;
}

export interface Variant {
  activities: string[];
  cases: number;
  share: number;
  throughput: Times | null;
}

export interface Review {
  pathway: string;
  version: string;
  title: string;
  language: string;
  scenario: string | null;
  log: {
    cases: number;
    open_cases: number;
    events: number;
    from: Instant | null;
    until: Instant | null;
    remarks: string[];
    unknown_activities: { activity: string; events: number }[];
  };
  indicators: ReviewedIndicator[];
  throughput: { minutes: Times | null; bins: { from: number; to: number; cases: number }[] };
  activities: ActivityTimes[];
  flows: { from: string; to: string; count: number; mean_minutes: number | null }[];
  handovers: { from: string; to: string; count: number }[];
  variants: { rule: 'first' | 'all'; count: number; list: Variant[] };
}
