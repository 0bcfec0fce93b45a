import type { SuiteReport } from '../report.ts';

/** The kinds of reports. A new kind is one file, one name here and one line in the registry. */
export type ReporterKind = 'terminal' | 'json' | 'jsonl' | 'junit' | 'markdown' | 'github' | 'html';

export interface ReportOptions {
  /** For `terminal`. */
  readonly colour: boolean;
  /** Characters of a line, for `terminal`. */
  readonly width: number;
  /**
   * What goes before the path of a case's file where another program must find it (`github`): the project's folder,
   * absolute or from the repository's root; empty when that is the repository itself.
   */
  readonly root: string;
  /** The line of each case was shown while the suite ran, so `terminal` does not list the cases again. */
  readonly linesShown?: boolean;
}

/** The whole text of a report, which ends with a new line. Pure. */
export type Reporter = (report: SuiteReport, options: ReportOptions) => string;
