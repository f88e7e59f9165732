import { expect, test } from 'vitest';
import { createAgentIdleSource } from '../../../src/workflows/triggers/agent-idle.ts';
import { agentRow, at } from '../../store/units.ts';
import { openEventWorld } from './event-world.ts';
import { startPolling } from './polling.ts';

async function openIdleWorld() {
	const { write, reads } = await openEventWorld();
	await write([agentRow('agt_lazy', { name: 'lazy', execution_state: 'busy', substate: 'working' })]);
	const { poll, interests } = startPolling(
		createAgentIdleSource(reads),
		{ type: 'agent_idle', seconds: 30, agent: 'agt_lazy' },
		{ agentId: 'agt_own' },
	);
	function become(state: string, substate: string, since: number): Promise<void> {
		const set = { execution_state: state, substate, state_changed_at: since };
		return write([{ op: 'update', table: 'agents', id: 'agt_lazy', set }]);
	}
	return { poll, become, interests, write };
}

test('[WF20] an agent that is ready long enough yields one item for each stretch of it', async () => {
	const { poll, become } = await openIdleWorld();
	expect(await poll(at + 60_000)).toMatchObject({ items: [], nextPollAt: null });
	await become('idle', 'ready', at);
	expect(await poll(at + 29_999)).toMatchObject({ items: [], nextPollAt: at + 30_000 });
	expect(await poll(at + 30_000)).toMatchObject({
		items: [
			{
				sourceId: `idle:agt_lazy:${at}`,
				metadata: { agentId: 'agt_lazy', agentName: 'lazy', idleSince: new Date(at).toISOString(), seconds: 30 },
			},
		],
		nextPollAt: null,
	});
	expect(await poll(at + 90_000)).toMatchObject({ items: [], nextPollAt: null });
	await become('busy', 'working', at + 100_000);
	await become('idle', 'ready', at + 110_000);
	expect((await poll(at + 140_000)).items).toMatchObject([{ sourceId: `idle:agt_lazy:${at + 110_000}` }]);
});

test.each([
	['idle', 'suspended'],
	['busy', 'awaitingInput'],
	['stopped', ''],
])('an agent that is %s %s is not idle, however long', async (state, substate) => {
	const { poll, become } = await openIdleWorld();
	await become(state, substate, at);
	expect(await poll(at + 900_000)).toMatchObject({ items: [], nextPollAt: null });
});

test('an agent that is gone cannot be watched', async () => {
	const { poll, write } = await openIdleWorld();
	await write([{ op: 'delete', table: 'agents', id: 'agt_lazy' }]);
	const told = { code: 'trigger_failed', message: expect.stringContaining('agt_lazy') };
	await expect(poll(at)).rejects.toMatchObject(told);
});

test('a change of the agent wakes the trigger', async () => {
	const { interests } = await openIdleWorld();
	expect(interests).toEqual([{ topic: 'agent.state.changed', agentId: 'agt_lazy' }]);
});
