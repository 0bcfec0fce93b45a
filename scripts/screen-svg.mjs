// A terminal's screen as a picture: text with SGR colours, as `tmux capture-pane -e` prints it, to SVG.
import stringWidth from 'string-width';

const cell = { width: 8.4, height: 18 };
const margin = 14;
const looks = {
  background: '#16181d',
  text: '#d7dae0',
  colours: ['#3b4048', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d7dae0'],
  bright: ['#7f848e', '#ff7b86', '#b5e08c', '#f5d08b', '#7cc0ff', '#d893ec', '#6fd0dc', '#ffffff'],
};

/** @param screen lines with SGR sequences @param columns width of the terminal @param title for readers that cannot see */
export function screenSvg(screen, columns, title) {
  const lines = screen.replace(/\s+$/, '').split('\n');
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = Math.ceil(lines.length * cell.height + 2 * margin);
  const rows = runsOf(lines).map(rowSvg).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<rect width="100%" height="100%" rx="8" fill="${looks.background}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${looks.text}">
${rows}
</g>
</svg>
`;
}

function rowSvg(runs, row) {
  const y = margin + row * cell.height;
  let column = 0;
  let svg = '';
  for (const { text, look } of runs) {
    svg += runSvg(text, look, margin + column * cell.width, y);
    column += stringWidth(text);
  }
  return svg;
}

function runSvg(text, look, x, y) {
  const columns = stringWidth(text);
  const [fore, back] = look.reverse ? [looks.background, look.colour ?? looks.text] : [look.colour, undefined];
  const under = back === undefined ? '' : box(x, y, columns, back);
  if (text.trim() === '') return under;
  const attributes = [
    `x="${x.toFixed(1)}" y="${(y + 13.5).toFixed(1)}" textLength="${(columns * cell.width).toFixed(1)}"`,
    fore && `fill="${fore}"`,
    look.bold && 'font-weight="bold"',
    look.italic && 'font-style="italic"',
    look.dim && 'opacity="0.6"',
  ];
  return `${under}<text ${attributes.filter(Boolean).join(' ')}>${escaped(text)}</text>`;
}

function box(x, y, columns, fill) {
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${(columns * cell.width).toFixed(1)}" height="${cell.height}" fill="${fill}"/>`;
}

/** Pieces of each line that look the same. A look holds until another one is set, also in the lines below. */
function runsOf(lines) {
  let look = {};
  return lines.map((line) => {
    const runs = [];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
    for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
      if (part.startsWith('\u001b[')) look = changed(look, part.slice(2, -1).split(';').map(Number));
      // Pictures do not keep several spaces in a row.
      else for (const text of part.match(/ +|\S+(?: \S+)*/g) ?? []) runs.push({ text, look });
    }
    return runs;
  });
}

const switches = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  7: { reverse: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  27: { reverse: false },
  39: { colour: undefined },
};

function changed(before, codes) {
  let look = before;
  for (const code of codes) {
    if (code === 0) look = {};
    else if (switches[code]) look = { ...look, ...switches[code] };
    else if (code >= 30 && code < 38) look = { ...look, colour: looks.colours[code - 30] };
    else if (code >= 90 && code < 98) look = { ...look, colour: looks.bright[code - 90] };
  }
  return look;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
