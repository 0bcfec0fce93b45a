import { visibleLine } from '../../core/text.ts';
import type { BaselineReport, MutationReport, SuiteReport, Survivor } from '../report.ts';
import { caseName, counted } from './wording.ts';

/** What a report says beside its cases: how they stand against the baseline, and which mutants survived. */
export interface Section {
  readonly title: string;
  readonly tone: 'bad' | 'good';
  readonly groups: readonly SectionGroup[];
}

export interface SectionGroup {
  readonly name: string;
  readonly tone: 'bad' | 'good' | 'plain';
  readonly items: readonly SectionItem[];
}

export interface SectionItem {
  readonly text: string;
  readonly detail?: string;
}

type BaselineList = Exclude<keyof BaselineReport, 'file' | 'blessedAt'>;

const baselineWords: { readonly [K in BaselineList]: readonly [name: string, tone: SectionGroup['tone']] } = {
  regressed: ['regressed', 'bad'],
  fixed: ['fixed', 'good'],
  knownFailing: ['known failing', 'plain'],
  flaky: ['flaky', 'plain'],
  added: ['new', 'plain'],
  removed: ['removed', 'plain'],
};

export function sections({ baseline, mutation }: SuiteReport): Section[] {
  return [...(baseline ? [baselineSection(baseline)] : []), ...(mutation ? [mutationSection(mutation)] : [])];
}

function baselineSection(baseline: BaselineReport): Section {
  const { file, blessedAt, regressed } = baseline;
  const against = `against the baseline ${visibleLine(file)} of ${visibleLine(blessedAt).slice(0, 10)}`;
  const groups = Object.entries(baselineWords).flatMap(([key, [name, tone]]): SectionGroup[] => {
    const items = baseline[key as BaselineList].map((text) => ({ text: visibleLine(text) }));
    return items.length > 0 ? [{ name, tone, items }] : [];
  });
  const tone = regressed.length > 0 ? 'bad' : 'good';
  return { title: `${counted(regressed.length, 'regression')} ${against}`, tone, groups };
}

function mutationSection({ mutants, killed, score, wanted, survivors }: MutationReport): Section {
  const goal = wanted === null ? '' : `, wanted ${wanted.toFixed(2)}`;
  const title = `${killed} of ${counted(mutants, 'mutant')} noticed, score ${score.toFixed(2)}${goal}`;
  if (survivors.length === 0) return { title, tone: 'good', groups: [] };
  return { title, tone: 'bad', groups: [{ name: 'survivors', tone: 'bad', items: survivors.map(survivorItem) }] };
}

function survivorItem(survivor: Survivor): SectionItem {
  const text = `${caseName(survivor)}: ${visibleLine(survivor.mutant)}`;
  return { text, detail: visibleLine(survivor.advice) };
}
