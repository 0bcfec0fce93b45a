import { type Draft, objectAt, type Report, textAt, textsAt } from './draft.ts';
import type { Part } from './finding.ts';
import { unknown } from './link-agents.ts';
import { quote } from './words.ts';

/** Reports names in models that do not exist, and what providers cannot be reached with. */
export function linkModels(draft: Draft, report: Report): void {
  const models = objectAt(draft.app.value, 'models');
  const providers = [...draft.providers.keys()];
  for (const [name, model] of Object.entries(models)) {
    const provider = textAt(model, 'provider');
    if (provider !== undefined && !draft.providers.has(provider)) {
      const path = ['models', name, 'provider'];
      unknown(report, draft.app, 'provider', provider, providers, path, `in model ${quote(name)}`);
    }
    for (const [index, fallback] of textsAt(model, 'fallback')) {
      const path = ['models', name, 'fallback', index];
      if (fallback === name) {
        const message = `model ${quote(name)} is its own fallback`;
        report(draft.app, { code: 'fallback-to-self', message, path });
      } else if (!Object.hasOwn(models, fallback)) {
        const others = Object.keys(models).filter((each) => each !== name);
        unknown(report, draft.app, 'model', fallback, others, path, `in the fallback of model ${quote(name)}`);
      }
    }
  }
  linkProviders(draft, report);
}

/** Headers that carry a key, in lower case. */
const keyHeaders = ['authorization', 'x-api-key', 'cookie', 'proxy-authorization'];

function linkProviders(draft: Draft, report: Report): void {
  for (const { part } of draft.providers.values()) {
    if (!part) continue;
    const path = ['baseUrl'];
    const baseUrl = textAt(part.value, 'baseUrl');
    if (baseUrl !== undefined && /\/v1\/*$/.test(baseUrl)) {
      const message = `the "/v1" at the end of "baseUrl" of ${part.subject} is left out: every request adds it`;
      report(part, { code: 'base-url-version', severity: 'warning', message, path });
    }
    refuseKeys(part, 'apiKeyEnv and auth', report);
  }
}

/** Reports headers that would hold a key. @param instead what names a key */
export function refuseKeys(part: Part, instead: string, report: Report): void {
  for (const name of Object.keys(objectAt(part.value, 'headers'))) {
    if (!keyHeaders.includes(name.toLowerCase())) continue;
    const message = `the header ${quote(name)} of ${part.subject} would hold a key`;
    const hint = `keys come from the environment: see ${instead}`;
    report(part, { code: 'key-in-file', message, hint, path: ['headers', name], at: 'key' });
  }
}
