// Reading a FHIR Questionnaire for a page: texts in a language, which questions are shown now.
import type { Coding, Extension, Json, QuestionnaireItem } from '../api/types';
import { number } from './time';
import { language, t, tied } from './words';

const translationUrl = 'http://hl7.org/fhir/StructureDefinition/translation';
const ordinalUrl = 'http://hl7.org/fhir/StructureDefinition/ordinalValue';
const unitUrl = 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit';

export function translated(text: string | undefined, extra?: { extension?: Extension[] }): string {
  for (const extension of extra?.extension ?? []) {
    if (extension.url !== translationUrl) continue;
    const lang = extension.extension?.find((e) => e.url === 'lang')?.valueCode;
    const content = extension.extension?.find((e) => e.url === 'content')?.valueString;
    if (lang === language() && content !== undefined) return tied(content);
  }
  return tied(text ?? '');
}

export const codingText = (coding: Coding): string =>
  translated(coding.display ?? coding.code, coding._display);

export function unitOf(item: QuestionnaireItem): string {
  const unit = item.extension?.find((e) => e.url === unitUrl)?.valueCoding;
  if (!unit) return '';
  return unit.code === 'Cel' ? '°C' : (unit.display ?? unit.code ?? '');
}

function gradeOf(item: QuestionnaireItem | undefined, code: string): number | null {
  for (const option of item?.answerOption ?? []) {
    if (option.valueCoding?.code !== code) continue;
    const extensions = [...(option.valueCoding.extension ?? []), ...(option.extension ?? [])];
    const grade = extensions.find((e) => e.url === ordinalUrl)?.valueDecimal;
    return grade ?? null;
  }
  return null;
}

function find(items: QuestionnaireItem[], linkId: string): QuestionnaireItem | undefined {
  for (const item of items) {
    if (item.linkId === linkId) return item;
    const inside = find(item.item ?? [], linkId);
    if (inside) return inside;
  }
  return undefined;
}

// Codes that are numbers are their own grade.
const numeric = (text: string) => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : null);

type Expected = { value: string; grade: number | null };

function expected(condition: Record<string, unknown>, asked: QuestionnaireItem | undefined): Expected {
  if (condition.answerCoding !== undefined) {
    const code = (condition.answerCoding as Coding).code ?? '';
    return { value: code, grade: gradeOf(asked, code) ?? numeric(code) };
  }
  const key = Object.keys(condition).find((k) => k.startsWith('answer'));
  const value = String(key === undefined ? '' : condition[key]);
  return { value, grade: numeric(value) };
}

// FHIR R4 Questionnaire.item.enableWhen. The server decides in the end; this only spares a round.
export function enabled(item: QuestionnaireItem, all: QuestionnaireItem[],
                        answers: Record<string, string>): boolean {
  const conditions = item.enableWhen ?? [];
  if (conditions.length === 0) return true;
  const holds = conditions.map((condition) => {
    const answer = answers[condition.question] ?? '';
    if (condition.operator === 'exists') return (answer !== '') === condition.answerBoolean;
    if (answer === '') return false;
    const asked = find(all, condition.question);
    const want = expected(condition, asked);
    const grade = gradeOf(asked, answer) ?? numeric(answer);
    switch (condition.operator) {
      case '=': return answer === want.value;
      case '!=': return answer !== want.value;
      case '>': return grade !== null && want.grade !== null && grade > want.grade;
      case '<': return grade !== null && want.grade !== null && grade < want.grade;
      case '>=': return grade !== null && want.grade !== null && grade >= want.grade;
      case '<=': return grade !== null && want.grade !== null && grade <= want.grade;
      default: return false;
    }
  });
  return item.enableBehavior === 'any' ? holds.some(Boolean) : holds.every(Boolean);
}

export interface Question {
  linkId: string;
  label: string;
  item: QuestionnaireItem;
}

// All questions of a form, those inside groups and below other questions too.
export function questions(items: QuestionnaireItem[]): Question[] {
  return items.flatMap((item) => [
    ...(item.type === 'group' || item.type === 'display' ? []
      : [{ linkId: item.linkId, label: translated(item.text, item._text), item }]),
    ...questions(item.item ?? []),
  ]);
}

// An answer as the form words it: the label of the choice, the number with its unit.
export function answerText(item: QuestionnaireItem, value: Json): string {
  if (value === null || value === '') return '';
  if (typeof value === 'boolean' || item.type === 'boolean') {
    return value === true || value === 'true' ? t('yes') : t('no');
  }
  const code = String(value);
  for (const option of item.answerOption ?? []) {
    if (option.valueCoding?.code === code) return codingText(option.valueCoding);
  }
  // A graded choice may have been kept as its grade.
  for (const option of item.answerOption ?? []) {
    if (option.valueCoding && typeof value === 'number' && gradeOf(item, option.valueCoding.code ?? '') === value) {
      return codingText(option.valueCoding);
    }
  }
  const unit = unitOf(item);
  const text = typeof value === 'number' ? number(value) : code;
  return unit ? `${text} ${unit}` : text;
}
