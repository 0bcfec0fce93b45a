/** What a key does in the chat. Help and documentation are made from this table. */
export interface KeyHelp {
  readonly keys: string;
  readonly about: string;
  /** The same in a word, for a line of many keys. */
  readonly brief?: string;
}

/** Keys that something listens to. */
export interface BoundKey extends KeyHelp {
  /** As `keys.ts` names them; a character that is typed is its own name. */
  readonly names: readonly string[];
}

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly BoundKey[];
}

/** Keys that are shown by the names they have. */
function bound(names: string, about: string, brief?: string): BoundKey {
  const all = names.split(', ');
  return { keys: names, names: all, about, ...(brief !== undefined && { brief }) };
}

function shown(keys: string, names: string, about: string): BoundKey {
  return { keys, names: names.split(' '), about };
}

/** Every key that means something, by where it does. */
export const keyGroups = {
  chat: {
    title: 'In the chat',
    keys: [
      bound('enter', 'send; while a run is at work, queue'),
      shown('tab', 'tab', 'take the completion of / or @; back to an approval that was put aside'),
      shown('up, down', 'up down', 'lines, then earlier prompts'),
      bound('ctrl+r', 'search earlier prompts'),
      bound('ctrl+g', 'write in $EDITOR'),
      bound('ctrl+p', 'palette: every command and agent, found by its letters'),
      bound('alt+up', 'take the last queued prompt back'),
      bound('esc', 'stop the run'),
      shown('esc esc', 'esc', 'where the line is empty: go back to an earlier prompt'),
      bound('shift+tab', 'approval mode: ask, plans only, auto'),
      bound('ctrl+o', 'the last calls in full'),
      bound('ctrl+t', 'the last plan in full'),
      bound('ctrl+c', 'clear, or stop; twice: quit'),
      bound('ctrl+d', 'quit, where the line is empty'),
      bound('ctrl+l', 'draw the screen anew'),
      bound('ctrl+z', 'suspend'),
      bound('?', 'this help, where the line is empty'),
    ],
  },
  editor: {
    title: 'Writing',
    keys: [
      bound('ctrl+j, alt+enter, shift+enter', 'new line; \\ before enter is one too'),
      bound('left, right, ctrl+b, ctrl+f', 'a character'),
      bound('ctrl+left, ctrl+right, alt+left, alt+right, alt+b, alt+f', 'a word'),
      bound('home, end, ctrl+a, ctrl+e', 'beginning and end of the line'),
      shown('up, down', 'up down', 'a line'),
      bound('backspace, delete', 'take a character, or a whole paste, away'),
      shown('ctrl+d', 'ctrl+d', 'take the next character away'),
      bound('ctrl+w, alt+backspace, alt+d', 'cut a word'),
      bound('ctrl+u, ctrl+k', 'cut up to the beginning, to the end of the line'),
      bound('ctrl+y', 'put back what was cut'),
      bound('ctrl+_, ctrl+-', 'undo'),
      bound('alt+_, alt+-', 'redo'),
    ],
  },
  menu: {
    title: 'While names are offered',
    keys: [
      bound('tab', 'take it'),
      shown('up, down', 'up down', 'choose another'),
      bound('enter', 'take what was chosen'),
      bound('esc', 'offer nothing'),
    ],
  },
  search: {
    title: 'While searching earlier prompts',
    keys: [
      bound('ctrl+r', 'an older one'),
      bound('backspace', 'a letter less'),
      shown('enter, or another key', 'enter tab', 'take it'),
      bound('esc, ctrl+g', 'back'),
    ],
  },
  palette: {
    title: 'In the palette',
    keys: [
      shown('up, down', 'up down', 'choose'),
      bound('enter', 'run it; an agent is put into the line'),
      bound('tab', 'put it into the line, to add words'),
      bound('backspace', 'a letter less'),
      bound('esc, ctrl+p', 'back'),
    ],
  },
  question: {
    title: 'At an approval',
    keys: [
      shown('1-9', '1 2 3 4 5', 'choose'),
      shown('up, down', 'up down', 'move'),
      bound('enter', 'choose what is marked'),
      shown('left, right', 'left right', 'the approval before, or after, where several wait'),
      bound('d', 'what is different from the version before'),
      bound('ctrl+o', 'in full'),
      bound('esc', 'put aside: it waits'),
    ],
  },
  words: {
    title: 'In a note or a reason',
    keys: [bound('enter', 'send it'), bound('esc', 'back to the choices')],
  },
  list: {
    title: 'On pages: in a list or a text',
    keys: [
      bound('up, down, k, j', 'a line'),
      bound('pageup, pagedown', 'a page'),
      bound('home, end, g, G', 'beginning and end'),
    ],
  },
  page: {
    title: 'On every page',
    keys: [
      bound('esc, q', 'back'),
      bound('ctrl+c, ctrl+d', 'back to the chat'),
      bound('?', 'the keys of the page'),
      bound('ctrl+l', 'draw the screen anew'),
      bound('ctrl+z', 'suspend'),
    ],
  },
} as const satisfies Readonly<Record<string, KeyGroup>>;

/** Commands that begin with a slash. */
export const commandTable = {
  help: 'keys and commands',
  agents: 'the agents of the app, or the one of a name',
  approvals: 'all approvals of the workspace, or the one of an id',
  catalog: 'search the catalog of the workspace',
  workspace: 'choose a workspace, or go to the one of a name',
  new: 'a new session',
  resume: 'go on with a session, or with a run that has not ended',
  fork: 'a new session that begins with this conversation, up to its last run or the one of an id',
  rewind: 'go back to before an earlier prompt, in a new session',
  model: 'the models of the app; with an agent and a model: for this chat',
  compact: 'put a summary in the place of what was said, of this agent or another one',
  export: 'write the session into a file: .md, or .json with every event',
  debug: 'what somebody who helps has to know',
  plan: 'the last plan in full, or the one of an id',
  cost: 'what this session has used',
  expand: 'the last calls in full',
  copy: 'the last answer, or its code block of a number, to the clipboard',
  theme: 'dark, light or none',
  runs: 'the runs of the workspace; words narrow it: status:failed',
  trace: 'what happened in a run, on a time line: the last one, or the one of an id',
  sessions: 'the conversations of the workspace; words narrow it',
  evals: 'the eval cases, and what came of them: run, watch, compare',
  smoke: 'run smoke scripts: all, or those named; stop ends them',
  quit: 'leave',
} as const;
