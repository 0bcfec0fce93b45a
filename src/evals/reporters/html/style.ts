/** The page's look, light and dark. System fonts only: nothing is loaded. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #16181c);
  --card: light-dark(#ffffff, #1d2026);
  --sunk: light-dark(#f4f2ee, #14161a);
  --line: light-dark(#e4e0d9, #2e323a);
  --ink: light-dark(#23262b, #e4e6ea);
  --soft: light-dark(#636770, #9aa1ad);
  --good: light-dark(#1b7a48, #6cc795);
  --bad: light-dark(#b3302e, #f08a80);
  --warn: light-dark(#8a5a00, #e2b055);
  --good-wash: light-dark(#e8f4ec, #19291f);
  --bad-wash: light-dark(#fbebea, #321f1f);
  --accent: light-dark(#2b5fb4, #8bb4f5);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 6rem; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
h1, h2, h3, h4, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; margin-bottom: 1.25rem; }
h1 { font-size: 1.45rem; font-weight: 650; letter-spacing: -.01em; }
header .facts { flex: 1 1 20rem; }
h2 { font-size: 1.05rem; font-weight: 650; margin: 2rem 0 .6rem; }
h4 { font-size: .74rem; font-weight: 650; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 1.1rem 0 .35rem; }
.facts, .place { color: var(--soft); font-size: .86rem; font-variant-numeric: tabular-nums; }
.place, .name, pre, code, h3 { font-family: var(--mono); }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .warn { --tone: var(--warn); }
.totals { display: flex; flex-wrap: wrap; gap: .75rem; }
.totals > div {
  flex: 1 1 7rem; padding: .7rem .95rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
.totals dt { color: var(--soft); font-size: .82rem; }
.totals dd { font-size: 1.6rem; font-weight: 600; line-height: 1.25; color: var(--tone, var(--ink)); font-variant-numeric: tabular-nums; }
.share { display: flex; height: 6px; margin-top: .9rem; border-radius: 3px; overflow: hidden; background: var(--line); gap: 2px; }
.share i { background: var(--tone, var(--soft)); }
.notice { margin-top: 1rem; padding: .6rem .9rem; border-radius: 8px; border: 1px solid var(--line); border-left: 3px solid var(--warn); background: var(--card); }
section.beside { margin-top: 1.25rem; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line); border-left: 3px solid var(--tone, var(--line)); border-radius: 8px; }
section.beside h2 { margin: 0; font-size: .95rem; }
section.beside h3 { font-family: inherit; margin-top: .6rem; font-size: .82rem; font-weight: 600; color: var(--tone); }
section.beside h3.plain { color: var(--soft); }
section.beside li { margin-top: .1rem; font: .86rem/1.5 var(--mono); overflow-wrap: anywhere; }
section.beside li span { display: block; color: var(--soft); font-family: system-ui, sans-serif; }
.controls { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin-bottom: .7rem; }
.controls .group { display: flex; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
button { font: inherit; font-size: .88rem; color: var(--soft); background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .32rem .8rem; cursor: pointer; }
.group button { border: 0; border-radius: 0; }
.group button + button { border-left: 1px solid var(--line); }
button:hover { color: var(--ink); }
button[aria-pressed="true"] { background: var(--sunk); color: var(--ink); font-weight: 600; }
input[type="search"] { flex: 1 1 14rem; font: inherit; font-size: .9rem; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .32rem .7rem; }
#list > li { content-visibility: auto; contain-intrinsic-size: auto 44px; }
details > summary { cursor: pointer; list-style: none; }
details > summary::-webkit-details-marker { display: none; }
details > summary::after { content: "›"; margin-left: .5rem; color: var(--soft); display: inline-block; transition: transform .12s; }
details[open] > summary::after { transform: rotate(90deg); }
@media (prefers-reduced-motion: reduce) { details > summary::after { transition: none; } }
.case { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin-bottom: .45rem; }
.case > summary { display: flex; flex-wrap: wrap; gap: .15rem .6rem; align-items: center; padding: .55rem .9rem; }
.case > summary:hover { background: var(--sunk); border-radius: 8px; }
.case h3 { font-size: .9rem; font-weight: 500; overflow-wrap: anywhere; }
.case > summary .facts { margin-left: auto; }
.mark { flex: none; display: inline-grid; place-items: center; width: 1.3rem; height: 1.3rem; border-radius: 50%; font-size: .78rem; font-weight: 700; color: var(--warn); background: var(--sunk); }
.mark.passed { color: var(--good); background: var(--good-wash); }
.mark.failed { color: var(--bad); background: var(--bad-wash); }
.tag { font-size: .74rem; color: var(--soft); border: 1px solid var(--line); border-radius: 999px; padding: 0 .5rem; }
.tag.excuse { color: var(--warn); border-color: currentColor; }
.body { padding: .2rem .9rem 1.1rem; border-top: 1px solid var(--line); }
.body > .place { margin-top: .6rem; }
.stats, .trouble { margin-top: .6rem; padding: .45rem .75rem; border-radius: 6px; background: var(--sunk); font-variant-numeric: tabular-nums; }
.trouble { color: var(--warn); white-space: pre-wrap; overflow-wrap: anywhere; }
pre { margin: 0; padding: .55rem .75rem; background: var(--sunk); border-radius: 6px; font-size: .82rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 26rem; overflow: auto; }
pre.said { font-family: inherit; font-size: .92rem; }
.check { display: flex; flex-wrap: wrap; gap: .1rem .55rem; align-items: baseline; padding: .18rem 0; }
.check .name { font-size: .86rem; }
.check .mark { width: 1.05rem; height: 1.05rem; font-size: .66rem; }
.check.bad { padding: .6rem .75rem; margin-bottom: .45rem; background: var(--bad-wash); border-radius: 8px; }
.check .message { flex: 1 1 20rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.diff { flex: 1 0 100%; margin-top: .4rem; padding: .5rem .75rem; background: var(--card); border-radius: 6px; font-size: .84rem; overflow-x: auto; }
.diff .line { display: block; padding-left: calc(var(--depth) * 1.5rem); white-space: pre-wrap; overflow-wrap: anywhere; }
.diff .expected { color: var(--good); } .diff .actual, .diff .missing, .diff .unexpected { color: var(--bad); }
.diff .moved { color: var(--warn); } .diff .differs { font-weight: 600; } .diff .path { color: var(--soft); }
.fold > summary { color: var(--soft); font-size: .88rem; padding: .15rem 0; }
.trial { border: 1px solid var(--line); border-radius: 8px; margin-top: .4rem; padding: 0 .75rem; }
.trial > summary { display: flex; gap: .6rem; align-items: center; padding: .4rem 0; }
.trial[open] { padding-bottom: .8rem; }
.timeline { margin-top: .5rem; }
.timeline > li { display: grid; grid-template-columns: 5rem 1fr; --left: calc(var(--depth) * 1.4rem); }
.time { color: var(--soft); font-size: .78rem; line-height: 1.9rem; text-align: right; padding-right: 1rem; font-variant-numeric: tabular-nums; }
.what {
  position: relative; min-width: 0; padding: .2rem 0 .2rem calc(var(--left) + 1.1rem);
  background: repeating-linear-gradient(to right, var(--line) 0 2px, transparent 2px 1.4rem) 0 0 / calc(var(--left) + 2px) 100% no-repeat;
}
.what::before { content: ""; position: absolute; left: calc(var(--left) - 4px); top: .62rem; width: 10px; height: 10px; border-radius: 50%; background: var(--tone, var(--soft)); border: 2px solid var(--card); }
.what .agent { font-size: .78rem; color: var(--soft); margin-right: .55rem; }
.what .title { font-weight: 500; margin-right: .55rem; color: var(--tone, var(--ink)); overflow-wrap: anywhere; }
.call .title { font-family: var(--mono); font-size: .87rem; }
.what .note { color: var(--soft); font-size: .88rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.step .note { color: var(--ink); }
.agent > .what .agent { color: var(--ink); font-weight: 650; font-size: .86rem; }
.what .label { font-size: .76rem; color: var(--soft); margin: .45rem 0 .2rem; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .82rem; }
@media (max-width: 40rem) { .case h3 { flex: 1 1 60%; } .case > summary .facts { margin-left: 0; flex-basis: 100%; } .timeline > li { grid-template-columns: 4rem 1fr; } }
@media print { .controls, #theme { display: none; } body { max-width: none; } }
`;
