import { HarnessError } from '../../core/errors.ts';
import type { RunSink } from '../../core/ports.ts';
import { revokeGrant } from '../../runtime/revoke.ts';
import type { SessionDesk } from '../../ui/session-desk.ts';
import { aboutChat } from './about.ts';
import { checkModel } from './models.ts';
import { goTo, type Mover, play, refuseBusy } from './moving.ts';

/** What can be done with the session that the chat is in. @param sink told of what runs do */
export function sessionDesk(mover: Mover, sink: () => RunSink): SessionDesk {
  const { here, request } = mover;
  return {
    models: () => Object.entries(here.loaded.models).map(([name, { id, provider }]) => ({ name, id, provider })),
    scripted: request.scripted,
    setModel: async (agent, model) => {
      checkModel(here.loaded, agent, model);
      if (request.scripted) {
        throw new HarnessError('invalid-usage', 'a script takes the place of the models in this chat', {
          hint: 'without --script the models answer',
        });
      }
      const before = here.models.get(agent);
      here.models.set(agent, model);
      try {
        await goTo(mover, { kind: 'app' });
      } catch (thrown) {
        if (before === undefined) here.models.delete(agent);
        else here.models.set(agent, before);
        throw thrown;
      }
    },
    compact: (agent) => {
      refuseBusy(here);
      const abort = new AbortController();
      const run = here.place.runtime.compact({ agent, signal: abort.signal, sink: sink() });
      return run && play(mover, () => run, abort);
    },
    revoke: (approval) => revokeGrant(here.place.runtime.store, approval),
    about: () => aboutChat(here),
  };
}
