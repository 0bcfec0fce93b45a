// Preloaded into `harness` by the tests: the process is killed by SIGKILL as soon as it has printed an event.
// KILL_AT names the event and which of its kind it is, as in `tool.called#2`; `event#7` is the seventh of all.
const [type, number] = (process.env.KILL_AT ?? '').split('#');
const mark = type === 'event' ? '"seq":' : `"type":"${type}"`;
const write = process.stdout.write.bind(process.stdout);
let seen = 0;

process.stdout.write = (text, ...more) => {
  const written = write(text, ...more);
  if (type && String(text).includes(mark)) {
    seen += 1;
    if (seen === Number(number)) process.kill(process.pid, 'SIGKILL');
  }
  return written;
};
