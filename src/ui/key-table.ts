/** What a key does in the chat. Help and documentation are made from this table. */
export interface KeyHelp {
  readonly keys: string;
  readonly about: string;
  /** The same in a word, for a line of many keys. */
  readonly brief?: string;
}

export const keyTable: readonly KeyHelp[] = [
  { keys: 'enter', about: 'send; while a run is at work, queue' },
  { keys: 'ctrl+j, alt+enter, \\ enter', about: 'new line' },
  { keys: 'tab', about: 'take the completion of / or @' },
  { keys: 'up, down', about: 'lines, then earlier prompts' },
  { keys: 'ctrl+r', about: 'search earlier prompts' },
  { keys: 'ctrl+g', about: 'write in $EDITOR' },
  { keys: 'alt+up', about: 'take the last queued prompt back' },
  { keys: 'esc', about: 'stop the run; put an approval aside' },
  { keys: 'ctrl+c', about: 'clear, or stop; twice: quit' },
  { keys: 'ctrl+d', about: 'quit, where the line is empty' },
  { keys: 'ctrl+o', about: 'show the last calls in full' },
  { keys: 'ctrl+l', about: 'draw the screen anew' },
  { keys: 'ctrl+z', about: 'suspend' },
  { keys: '?', about: 'this help, where the line is empty' },
];

/** Commands that begin with a slash. */
export const commandTable = {
  help: 'keys and commands',
  agents: 'the agents of the app',
  plan: 'the last plan in full, or the one of an id',
  cost: 'what this session has used',
  expand: 'the last calls in full',
  quit: 'leave',
} as const;
