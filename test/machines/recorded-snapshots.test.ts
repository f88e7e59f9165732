import { describe, expect, test } from 'vitest';
import { agentAddress } from '../../src/agents/address.ts';
import { hashDefinition } from '../../src/durable/definition.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { agents } from '../store/units.ts';
import { recordedMachines } from '../support/recorded-machines.ts';
import {
	createInertSystem,
	createStoreWith,
	nameVersion,
	readDefinitions,
	readRecordedSnapshots,
} from '../support/recorded-snapshots.ts';
import { createInput } from './agent-inputs.ts';
import { allNodes } from './transition-coverage.ts';

const input = createInput();
const address = agentAddress(input.agentId);
const recorded = readRecordedSnapshots();
const machines = recordedMachines.map((machine) => [nameVersion(machine.definition), machine] as const);

describe('[AG48, OR12, WR4, SU4, TA5, DU21] a stored actor is restored as it was, and goes on', () => {
	test.each(recorded)('%s', async (_name, snapshot) => {
		const { state, next, nextState, row, others = [] } = snapshot;
		const system = createInertSystem(await createStoreWith(snapshot));
		expect(await system.restore()).toEqual({ restored: 1 + others.length, casualties: [] });
		await system.resume();
		const actor = system.get(row.address);
		expect(actor && formatState(actor.getSnapshot().value)).toBe(state);
		expect(actor?.version).toBe(row.version);

		const { state: reached, version } = await system.send(row.address, next);
		expect([reached, version]).toEqual([nextState, row.version + 1]);
		await system.stop();
	});
});

test('[AG41, DU22] an agent that is begun afresh is launched again, as the next of its runs', async () => {
	const store = createMemoryStore();
	await store.commit([agents(input.agentId)]);
	const first = createInertSystem(store);
	await first.spawn('agent', input.agentId, input);
	await first.send(address, { type: 'SPAWN' });
	await first.stop();
	await store.quarantine(address, 'nobody understands it');

	const second = createInertSystem(store);
	await second.restore();
	await second.resume();
	await second.reset(address, { ...input, generation: 1 });
	expect(await second.send(address, { type: 'SPAWN' })).toMatchObject({ state: 'starting' });
	expect(store.rows('runs').map(({ id }) => id)).toEqual(['run_1_1', 'run_1_2']);
	await second.stop();
});

test.each(machines)('[AG48] every state of %s is recorded', (version, { definition, neverRestsIn }) => {
	const states = allNodes(definition.machine.root).filter(({ type }) => type === 'atomic');
	const restable = states.map(({ path }) => path.join('.')).filter((path) => !neverRestsIn.includes(path));
	const names = recorded.map(([name]) => name).filter((name) => name.startsWith(`${version}/`));
	expect(names).toEqual(restable.map((path) => `${version}/${path}.json`).sort());
});

test.each(machines)(
	'[AG49] the running definition of %s is known to read stored snapshots',
	(_version, { definition }) => {
		expect(
			readDefinitions(definition),
			'The machine has changed: raise its version and add a migration, or, if stored snapshots stay valid, ' +
				'run `node dist/test/support/record-snapshots.js`. See src/docs/decisions/0012-recorded-snapshots.md.',
		).toContain(hashDefinition(definition.machine));
	},
);
