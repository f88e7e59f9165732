import { describe, expect, test } from 'vitest';
import { getAdjacencyMap } from 'xstate/graph';
import { advanceRun, type RunRecord } from '../../machines/agent-model.ts';
import { isRunEnded, nextRunState, type RunEvent, type RunState, runMachine } from '../../machines/run.ts';
import { readSpecification } from '../support/specification.ts';
import { allNodes, declaredTransitions } from './transition-coverage.ts';

const events: readonly RunEvent[] = ['CONNECTED', 'COMPLETE', 'FAIL', 'KILL'];
const failure = { code: 'process_crashed', message: 'It crashed.', retryable: true };
const table = readSpecification().table('Run');
const states = allNodes(runMachine.root).slice(1);
const pairs = states.flatMap(({ key }) => events.map((event) => [key as RunState, event] as const));

function createRun(state: RunState): RunRecord {
	const endedAt = isRunEnded(state) ? 20 : null;
	return { id: 'run_1_1', state, startedAt: 10, endedAt, failure: state === 'failed' ? failure : null };
}

test('[RU1] the machine has the transitions of the table and no others', () => {
	const rows = declaredTransitions(runMachine).map(({ source, eventType, target }) => [
		source.key,
		eventType,
		target?.map(({ key }) => key).join(),
	]);
	expect(rows).toEqual(table);
});

test('[RU1] every state is reached, and what is final leads nowhere', () => {
	const map = getAdjacencyMap(runMachine, {
		events: events.map((type) => ({ type })),
		serializeState: ({ value }) => String(value),
	});
	const expected = states.map(({ key }) => key);
	expect(Object.keys(map).sort()).toEqual([...expected].sort());
	for (const { key, type, transitions } of states) {
		expect([key, type === 'final', transitions.size === 0]).toEqual([
			key,
			isRunEnded(key as RunState),
			isRunEnded(key as RunState),
		]);
	}
});

describe('[RU2, RU3] a run', () => {
	test.each(pairs)('%s on %s', (state, event) => {
		const target = table.find(([from, type]) => from === state && type === event)?.[2] as RunState | undefined;
		if (target) expect(nextRunState(state, event)).toBe(target);
		else expect(() => nextRunState(state, event)).toThrow(`a run that is ${state} cannot take ${event}`);

		const run = createRun(state);
		if (isRunEnded(state)) {
			expect(advanceRun(run, event, 30, failure)).toBe(run);
		} else if (target) {
			const next = advanceRun(run, event, 30, event === 'FAIL' ? failure : null);
			const ended = isRunEnded(target);
			expect(next).toEqual({
				...run,
				state: target,
				endedAt: ended ? 30 : null,
				failure: ended ? next?.failure : null,
			});
			expect(next?.failure).toEqual(target === 'failed' ? failure : null);
		} else {
			expect(() => advanceRun(run, event, 30)).toThrow();
		}
	});

	test('that has not begun has nothing to change', () => {
		expect(advanceRun(null, 'FAIL', 30, failure)).toBeNull();
	});
});
