/**
 * The office: a manager (parent), its clerks (children, with a child of their own) and an agent, with
 * effects of all three kinds of repetition. What the effects do outside is in `outside`.
 */
import type { DurableDefinition, EffectContext, EffectDefinition } from '../../../src/durable/definition.ts';
import { createOfficeAgent } from './office-agent.ts';
import { createClerk } from './office-clerk.ts';
import { createManager } from './office-head.ts';

/** Something an effect did in the world outside, which no crash takes back. */
export interface Deed {
	readonly name: string;
	readonly effectId: string;
	readonly subject: string;
}

export interface Office {
	readonly definitions: readonly DurableDefinition[];
	readonly outside: Deed[];
	/** Called when a deed is done and before its effect answers; what it returns is awaited. */
	afterDeed: (deed: Deed) => Promise<void> | void;
}

export function createOffice(): Office {
	const office: Office = { definitions: [], outside: [], afterDeed: () => {} };

	async function perform(name: string, subject: string, { effectId }: EffectContext): Promise<void> {
		const deed: Deed = { name, effectId, subject };
		office.outside.push(deed);
		await office.afterDeed(deed);
	}

	const fetch: EffectDefinition = {
		repeat: 'always',
		async run({ id }: { id: string }, context) {
			await perform('fetch', id, context);
			return { type: 'FETCHED', file: `file of ${id}` };
		},
	};
	const stamp: EffectDefinition = {
		repeat: 'check',
		async run({ id }: { id: string }, context) {
			await perform('stamp', id, context);
			return { type: 'STAMPED' };
		},
		async check(_params: never, { effectId }) {
			return office.outside.some((deed) => deed.effectId === effectId) ? { type: 'STAMPED' } : 'run';
		},
	};
	const deliver: EffectDefinition = {
		repeat: 'never',
		async run({ task }: { task: string }, context) {
			await perform('deliver', task, context);
			return { type: 'DELIVERED', task };
		},
	};
	const definitions = [createManager(createClerk({ fetch, stamp })), createOfficeAgent(deliver)];
	return Object.assign(office, { definitions });
}
