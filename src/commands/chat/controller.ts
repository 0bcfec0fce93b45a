import { secretProblems } from '../../core/secret-problems.ts';
import { redactorOf } from '../../runtime/keys.ts';
import type { ChatController, ChatListener } from '../../ui/controller.ts';
import type { ApprovalDesk } from './approval-desk.ts';
import { attach } from './attach.ts';
import { type Here, hereAt } from './here.ts';
import { chatHistory } from './history.ts';
import { mentionsOf } from './mentions.ts';
import { type ControllerRequest, factsOf, goTo, type Mover, play } from './moving.ts';
import { earlierEvents, type Place, type PlaceParts } from './place.ts';
import { sessionDesk } from './session-desk.ts';
import { chatViews } from './views.ts';

export interface OpenController {
  readonly controller: ChatController;
  readonly mover: Mover;
}

export function openController(
  request: ControllerRequest,
  parts: PlaceParts,
  place: Place,
  desk: ApprovalDesk,
): OpenController {
  const here = hereAt(place, factsOf(place, request, request.draft));
  const mover = { here, request, parts };
  const { agent } = request;
  const mentions = () => mentionsOf(here.place.app, here.place.runtime);
  const attached = (prompt: string) => attach(here.place.app, prompt, mentions);
  const send = (prompt: string) =>
    play(mover, (signal) =>
      here.place.runtime.run({ prompt: attached(prompt).prompt, agent, signal, sink: sinkOf(here) }),
    );
  const controller: ChatController = {
    get facts() {
      return here.facts;
    },
    get records() {
      return here.place.runtime.store;
    },
    get earlier() {
      return earlierEvents(here.place);
    },
    get resume() {
      const runId = here.place.destination.resume;
      if (runId === undefined) return undefined;
      const start = () => play(mover, (signal) => here.place.runtime.resume({ runId, signal, sink: sinkOf(here) }));
      return { runId, start };
    },
    get history() {
      return chatHistory(here.place.app, here.place.runtime.workspace);
    },
    move: (to) => goTo(mover, to),
    attach: attached,
    send,
    cancel: () => {
      if (!desk.pauseAll()) here.abort?.abort();
    },
    decide: desk.decide,
    get mode() {
      return desk.mode();
    },
    setMode: desk.setMode,
    subscribe: (listener) => {
      here.listeners.add(listener);
      return () => here.listeners.delete(listener);
    },
    check: (specName, body) => {
      const { app, prepared } = here.place;
      const problems = (specName !== null && prepared.planChecks.get(specName)?.(body)) || [];
      return [...secretProblems(body, redactorOf(app)), ...problems];
    },
    mentions,
    ...chatViews(() => here.place),
    ...sessionDesk(mover, () => sinkOf(here)),
  };
  return { controller, mover };
}

function sinkOf({ listeners }: Here): Pick<ChatListener, 'event' | 'delta'> {
  return {
    event: (event) => {
      for (const listener of listeners) listener.event(event);
    },
    delta: (delta) => {
      for (const listener of listeners) listener.delta(delta);
    },
  };
}
