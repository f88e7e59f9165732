/**
 * The server with a store that ends the process at a commit of the test's choice, as `kill -9` would.
 *
 * `CRASH_AT`, with the number of the commit, counted from 1 for the first of the process:
 * - `before-commit:7`  all that commit 6 asked for is under way, what commit 7 was to write is lost
 * - `after-commit:7`   it is on disk, and nobody was told, nothing it asked for was done
 */

import { loadConfig } from '../../src/config.ts';
import type { DurableStore } from '../../src/durable/store.ts';
import { startStatecraft } from '../../src/main.ts';

const [point, number] = (process.env.CRASH_AT ?? '').split(':');
const crashAt = Number(number);

function die(): never {
	process.kill(process.pid, 'SIGKILL');
	throw new Error('unreachable: SIGKILL has no handler');
}

function wrapStore(store: DurableStore): DurableStore {
	let commits = 0;
	return {
		commit: async (units) => {
			const isTheOne = ++commits === crashAt;
			if (isTheOne && point === 'before-commit') die();
			const outcomes = await store.commit(units);
			if (isTheOne && point === 'after-commit') die();
			return outcomes;
		},
		loadActors: () => store.loadActors(),
		loadTimers: () => store.loadTimers(),
		loadEffects: () => store.loadEffects(),
		loadMessages: () => store.loadMessages(),
		readActor: (address) => store.readActor(address),
		quarantine: (address, reason) => store.quarantine(address, reason),
	};
}

const { url } = await startStatecraft(loadConfig(), { wrapStore });
process.stdout.write(`${JSON.stringify({ url })}\n`);
