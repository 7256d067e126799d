// A figure of an indicator, large, with the words of its unit small beside it.
import { inShortUnit, unitWords } from '../model/time';

export function Amount({ value, unit }: { value: number | null; unit: string }) {
  const words = unitWords(unit);
  return <span><strong class="big">{inShortUnit(value, unit)}</strong>{words && <small class="quiet"> {words}</small>}</span>;
}
