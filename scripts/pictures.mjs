// Draws the pictures of docs/pictures: plays scenes in a terminal of its own (tmux) over copies of the sample apps.
//   node scripts/pictures.mjs [scene…]
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { screenSvg } from './screen-svg.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const size = { columns: 100, rows: 32 };
const priceChange = 'apps/coordinator-planner-executor/smoke/price-change.yaml';

const shop = `harness chat coordinator-planner-executor -w acme --script ${priceChange}`;
const anyShop = shop.replace(' -w acme', '');
const music = 'harness chat music-store -w store --script apps/music-store/smoke/german-artists.yaml';

/** Types a command and sends it. The menu that it opens takes the first Enter of a fast typist, so this waits for it. */
const command = async (term, line, words) => {
  await term.keys(['C-u'], '/ commands');
  await term.type(line, line);
  await term.keys(['Enter'], words);
};

/** A run with its plan approved, and what came of it. */
const applied = async (term) => {
  await term.open(shop, 'enter sends');
  await term.keys(['Enter'], 'Approve and run');
  await term.keys(['1'], 'done in');
};

/** What each picture shows, and what is typed until it does, with the words by which that is known. */
const scenes = {
  workspaces: ['choosing a workspace', (term) => term.open(anyShop, 'type to filter')],
  approval: [
    'a plan that waits for approval',
    async (term) => {
      await term.open(shop, 'enter sends');
      await term.keys(['Enter'], 'Approve and run');
    },
  ],
  chat: ['a run in the chat', applied],
  trace: [
    'the trace of a run',
    async (term) => {
      await applied(term);
      await command(term, '/trace', 'r replay');
    },
  ],
  evals: [
    'eval cases and their results',
    async (term) => {
      await term.open(shop, 'enter sends');
      await command(term, '/evals', 'tc-planner');
      await term.keys(['a'], 'passed, 0 failed');
    },
  ],
  catalog: [
    'a table in the catalog',
    async (term) => {
      await term.open(music, 'enter sends');
      await command(term, '/catalog artist', 'enter open');
      await term.keys(['Enter'], 'tab');
    },
  ],
  palette: [
    'the palette of commands',
    async (term) => {
      await term.open(shop, 'enter sends');
      await term.keys(['C-u'], '/ commands');
      await term.keys(['C-p'], 'palette');
    },
  ],
};

const wanted = process.argv.slice(2);
for (const [name, [about, play]] of Object.entries(scenes)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const term = await terminal();
  try {
    await play(term);
    mkdirSync(join(root, 'docs', 'pictures'), { recursive: true });
    writeFileSync(join(root, 'docs', 'pictures', `${name}.svg`), screenSvg(term.screen(), size.columns, about));
    process.stdout.write(`docs/pictures/${name}.svg\n`);
  } finally {
    term.close();
  }
}

async function terminal() {
  const folder = mkdtempSync(join(tmpdir(), 'harness-pictures-'));
  for (const part of ['apps', 'evals', 'schemas']) cpSync(join(root, part), join(folder, part), { recursive: true });
  const socket = `harness-pictures-${process.pid}`;
  const tmux = (...args) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', '-u', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, LANG: 'C.UTF-8' },
    });
  writeFileSync(
    join(folder, '.shell'),
    `PS1='$ '; unset CI NO_COLOR; export HOME='${folder}'\nharness() { node '${join(root, 'dist', 'cli.js')}' "$@"; }\n`,
  );
  const { columns, rows } = size;
  const shell = `exec bash --noprofile --rcfile '${join(folder, '.shell')}'`;
  tmux('new-session', '-d', '-s', 'm', '-x', `${columns}`, '-y', `${rows}`, shell);
  const see = async (words) => {
    for (let tries = 0; !tmux('capture-pane', '-p', '-t', 'm').includes(words); tries++) {
      if (tries > 400) throw new Error(`never saw "${words}":\n${tmux('capture-pane', '-p', '-t', 'm')}`);
      await sleep(50);
    }
    // The frame that shows them may not be the last one.
    await sleep(600);
  };
  const keys = async (names, words) => {
    tmux('send-keys', '-t', 'm', ...names);
    await see(words);
  };
  return {
    see,
    keys,
    type: async (text, words) => {
      tmux('send-keys', '-t', 'm', '-l', text);
      await see(words);
    },
    open: async (command, words) => {
      await sleep(300);
      tmux('send-keys', '-t', 'm', '-l', `clear; ${command}`);
      await keys(['Enter'], words);
    },
    screen: () => tmux('capture-pane', '-p', '-e', '-t', 'm'),
    close: () => {
      tmux('kill-server');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
