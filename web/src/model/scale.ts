// From values to places on an axis, as src/review/pictures.cpp draws them.
export interface Scale {
  from: number;
  to: number;
  at: (value: number) => number; // 0…100, per cent of the width
}

// All values, with some room on both sides; what cannot be negative or above 100 % does not look
// as if it could.
export function scaleOf(values: (number | null | undefined)[], unit: string): Scale | null {
  const known = values.filter((v): v is number => typeof v === 'number' && Number.isFinite(v));
  if (known.length === 0) return null;
  let low = Math.min(...known);
  let high = Math.max(...known);
  const positive = low >= 0;
  const room = high > low ? (high - low) * 0.15 : Math.max(Math.abs(high) * 0.2, 0.01);
  low -= room;
  high += room;
  if (positive) low = Math.max(low, 0);
  if (unit === 'share') high = Math.min(high, 1);
  if (high <= low) low = high - 0.01;
  const at = (value: number) => ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * 100;
  return { from: low, to: high, at };
}
