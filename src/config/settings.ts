import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Problem } from '../core/errors.ts';
import type { Settings } from '../generated/config.ts';
import { checkFile } from './check.ts';
import { locate, type Part } from './finding.ts';
import { sortProblems } from './frame.ts';
import { parseSource, readText } from './source.ts';

/** Larger files are no settings. Bytes. */
const maxBytes = 64 * 1024;

/** A person's settings, and where they stand. */
export interface SettingsRead {
  /** Absolute path. */
  readonly file: string;
  readonly found: boolean;
  /** Without a file, and where it is wrong, everything has its default. */
  readonly settings: Settings;
  readonly problems: readonly Problem[];
}

const defaults: Settings = { theme: 'dark', notify: 'bell', title: true };

/** Reads the person's settings. @param env holds `XDG_CONFIG_HOME`, where it is set */
export function readSettings(env: Readonly<Record<string, string | undefined>>): SettingsRead {
  const file = settingsFile(env);
  const nothing = { file, settings: defaults, problems: [] };
  if (!existsSync(file)) return { ...nothing, found: false };
  const text = readText(file, maxBytes);
  if (!('ok' in text)) return { ...nothing, found: true, problems: text.problems };
  // A file that says nothing, or holds comments only, sets nothing.
  if (/^(?:\s*(?:#.*)?(?:\n|$))*$/.test(text.ok)) return { ...nothing, found: true };
  const parsed = parseSource(file, text.ok);
  if (!('ok' in parsed)) return { ...nothing, found: true, problems: parsed.problems };
  const part: Part = { source: parsed.ok, base: [], subject: 'the settings', value: parsed.ok.value };
  const findings = checkFile('settings', part.value, part.subject);
  const problems = sortProblems(findings.map((finding) => locate(part, finding)));
  if (problems.length > 0) return { ...nothing, found: true, problems };
  return { file, found: true, settings: part.value as unknown as Settings, problems };
}

function settingsFile({ XDG_CONFIG_HOME: folder }: Readonly<Record<string, string | undefined>>): string {
  // The standard says to overlook a folder that is not absolute.
  const home = folder !== undefined && isAbsolute(folder) ? folder : join(homedir(), '.config');
  return join(home, 'harness', 'settings.yaml');
}
