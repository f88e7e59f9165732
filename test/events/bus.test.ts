import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../src/durable/store.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createEvent, eventCatalogue } from '../../src/events/catalogue.ts';

const event = (seq: number): StoredEvent => ({ seq, topic: 'system.stopping', agentId: null, at: seq, data: '{}' });

describe('the event bus', () => {
	it('tells listeners of batches in order, also when one of them publishes', () => {
		const bus = createEventBus();
		const heard: string[] = [];
		bus.subscribe((events) => {
			if (events[0]?.seq === 1) bus.publish([event(2)]);
		});
		bus.subscribe((events) => heard.push(events.map(({ seq }) => seq).join()));
		bus.publish([event(1)]);
		bus.publish([event(3), event(4)]);
		bus.publish([]);
		expect(heard).toEqual(['1', '2', '3,4']);
		expect(bus.latestSeq()).toBe(4);
	});

	it('lets no listener harm another one or the publisher', () => {
		const thrown: unknown[] = [];
		const bus = createEventBus({ onListenerError: (error) => thrown.push(error) });
		const heard: number[] = [];
		const stop = bus.subscribe(() => {
			throw new Error('mine');
		});
		bus.subscribe(([first]) => heard.push(first?.seq ?? 0));
		expect(() => bus.publish([event(1)])).not.toThrow();
		stop();
		bus.publish([event(2)]);
		expect(heard).toEqual([1, 2]);
		expect(thrown).toEqual([new Error('mine')]);
	});

	it('goes on after an error reporter that throws itself', () => {
		const bus = createEventBus({
			onListenerError: () => {
				throw new Error('reporter');
			},
		});
		const heard: number[] = [];
		const stop = bus.subscribe(() => {
			throw new Error('mine');
		});
		expect(() => bus.publish([event(1)])).toThrow('reporter');
		stop();
		bus.subscribe(([first]) => heard.push(first?.seq ?? 0));
		bus.publish([event(2)]);
		expect(heard).toEqual([2]);
	});

	it('does not tell a listener that was taken off by one before it', () => {
		const bus = createEventBus();
		const heard: number[] = [];
		bus.subscribe(() => stop());
		const stop = bus.subscribe(([first]) => heard.push(first?.seq ?? 0));
		bus.publish([event(1)]);
		expect(heard).toEqual([]);
	});
});

describe('the event catalogue', () => {
	it('names topics in dotted lower case, and has what clients rely on', () => {
		for (const topic of Object.keys(eventCatalogue)) expect(topic).toMatch(/^[a-z]+(\.[a-z_]+)+$/);
		expect(Object.keys(eventCatalogue).sort()).toEqual(
			[
				...['created', 'state.changed', 'updated', 'deleted', 'restarted', 'unresponsive', 'escalated'].map(
					(name) => `agent.${name}`,
				),
				...['message', 'thought', 'tool_call', 'tool_call_update', 'plan', 'usage', 'log', 'other'].map(
					(name) => `agent.output.${name}`,
				),
				...['started', 'state.changed', 'exited'].map((name) => `run.${name}`),
				...['queued', 'started', 'finished', 'interrupted', 'cancelled', 'failed'].map((name) => `prompt.${name}`),
				...['opened', 'answered', 'withdrawn', 'timed_out', 'overdue'].map((name) => `request.${name}`),
				...['created', 'updated', 'deleted', 'runner.changed', 'runner.updated'].map((name) => `workflow.${name}`),
				...['created', 'dispatched', 'completed', 'failed', 'interrupted', 'skipped', 'released'].map(
					(name) => `dispatch.${name}`,
				),
				'queue.item.added',
				...['created', 'state.changed', 'updated', 'cleaned'].map((name) => `task.${name}`),
				...['created', 'state.changed', 'updated', 'progress', 'restored', 'deleted'].map(
					(name) => `supervisor.${name}`,
				),
				'permission.decided',
				...['warned', 'exceeded'].map((name) => `budget.${name}`),
				...['created', 'updated', 'restarting', 'escalated', 'deleted'].map((name) => `group.${name}`),
				...['started', 'stopping'].map((name) => `system.${name}`),
			].sort(),
		);
	});

	it('builds events whose data its own schema accepts', () => {
		const built = createEvent('agent.state.changed', 'agt_1', 5, {
			from: 'idle',
			to: 'busy.working',
			trigger: 'PromptReceived',
			version: 7,
			generation: 2,
		});
		expect(built).toMatchObject({ topic: 'agent.state.changed', agentId: 'agt_1', at: 5 });
		expect(eventCatalogue['agent.state.changed'].safeParse(JSON.parse(built.data)).success).toBe(true);
		expect(eventCatalogue['agent.state.changed'].safeParse({ to: 'busy' }).success).toBe(false);
	});
});
