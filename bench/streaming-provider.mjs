// A provider in a process of its own: answers every request with a long text, token by token. Tells its port.
import { createServer } from 'node:http';

export const tokens = 20_000;
export const perSecond = 1000;

if (process.send) serve();

/** A long answer with all that markdown has. */
function answer() {
  const part = (at) => `## Part ${at}

The stock of **Sparkling Water** fell by ${at % 90} % since Monday, which is \`${at % 7}\` times what it was in *May*. Of
the ${at % 13} stores in the north, most ordered again; the others wait for a delivery, and say so in their notes.

- store ${at}: ordered ${at % 40}
- store ${at + 1}: waits for ${at % 17} parcels, of which some are late
- store ${at + 2}: closed

\`\`\`sql
SELECT store, sum(units) AS units FROM orders -- part ${at}
WHERE day > '2026-11-0${at % 9}' AND channel = 'retail' GROUP BY store ORDER BY units DESC LIMIT 10;
\`\`\`

| store | units | note |
|---|---:|---|
| ${at} | ${at * 3} | late |
| ${at + 1} | ${at * 5} | on time |
`;
  const pieces = [];
  for (let at = 1; pieces.length < tokens; at++) pieces.push(...(part(at).match(/\s*\S{1,6}|\s+/g) ?? []));
  return pieces.slice(0, tokens);
}

function serve() {
  const sse = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const pieces = answer();
  const delta = (text) => sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse({ type: 'message_start', message: { usage: { input_tokens: 10, output_tokens: 1 } } }));
      response.write(sse({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }));
      const began = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = Math.min(tokens, Math.floor(((performance.now() - began) / 1000) * perSecond));
        for (; sent < due; sent++) response.write(delta(pieces[sent]));
        if (sent < tokens) return;
        clearInterval(timer);
        response.write(delta('\n\nThe end of it.'));
        response.write(sse({ type: 'content_block_stop', index: 0 }));
        const usage = { output_tokens: tokens };
        response.write(sse({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }));
        response.end(sse({ type: 'message_stop' }));
      }, 5);
      response.on('close', () => clearInterval(timer));
    });
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}
