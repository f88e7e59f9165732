/**
 * A program of its own for tests: the demo agent, with a character that no agent should have.
 *
 * `ODD_CHARACTER`:
 * - `stubborn`  stays when its pipes are closed, and takes no notice of SIGTERM
 * - `polite`    ends with code 0 when it gets SIGTERM
 * - `forgetful` cannot take up a session again
 */
import { Readable, Writable } from 'node:stream';
import { ndJsonStream } from '@agentclientprotocol/sdk';
import { createDemoAgent } from '../../src/agents/demo/agent.ts';
import { createMemory, type Memory } from '../../src/agents/demo/memory.ts';

const { ODD_CHARACTER: character, STATECRAFT_DEMO_DIR: directory = '.' } = process.env;

function createOddMemory(): Memory {
	const memory = createMemory(directory);
	return character === 'forgetful' ? { ...memory, recall: async () => null } : memory;
}

const app = createDemoAgent({
	memory: createOddMemory(),
	version: '0',
	process: { writeRaw: (line) => process.stdout.write(`${line}\n`), exit: (code) => process.exit(code) },
});

process.on('SIGTERM', () => {
	if (character !== 'stubborn') process.exit(0);
});
// Nobody reads any more: for an agent that stays that is no reason to end.
process.stdout.on('error', () => {});

const input = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
const connection = app.connect(ndJsonStream(Writable.toWeb(process.stdout), input));
await connection.closed.catch(() => {});
if (character === 'stubborn') setInterval(() => {}, 60_000);
else process.exit(0);
