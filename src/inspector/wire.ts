/**
 * The wire format of the Stately inspector, as `@statelyai/inspect` receives it: definitions, events and
 * snapshots of actors. What they carry of contexts and events is what their definitions disclose.
 *
 * 1. An actor's session is its address: the same however often it is sent, and whoever looks.
 * 2. Definitions are whole and in the order in which they are written, however deep they are.
 */

import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import type { SeenActor } from '../durable/audience.ts';
import { type DurableDefinition, serializeDefinition } from '../durable/definition.ts';
import { discloseContext, discloseEvent, redacted } from '../durable/disclosure.ts';

/** Release of `@statelyai/inspect` whose format this is. */
export const wireVersion = '0.7.2';

/** An actor with its definition and its present state; sent again, it replaces what was known of it. */
export function describeActor(actor: SeenActor, at: number): string {
	return JSON.stringify({
		type: '@xstate.actor',
		name: actor.address,
		...envelope(actor, at),
		parentId: actor.parent?.address,
		definition: definitionOf(actor.definition),
		snapshot: describeSnapshot(actor.definition, actor.snapshot),
	});
}

/** `from`: address of the actor that sent the event; null where it came from outside. */
export function describeEvent(actor: SeenActor, event: AnyEventObject, from: string | null, at: number): string {
	return JSON.stringify({
		type: '@xstate.event',
		...envelope(actor, at),
		event: discloseEvent(actor.definition, event),
		sourceId: from ?? undefined,
	});
}

/** The state in which the event has left the actor. */
export function describeStep(actor: SeenActor, event: AnyEventObject, at: number): string {
	return JSON.stringify({
		type: '@xstate.snapshot',
		...envelope(actor, at),
		event: discloseEvent(actor.definition, event),
		snapshot: describeSnapshot(actor.definition, actor.snapshot),
	});
}

/** It is gone: the format has no other word for that than that it was stopped. */
export function describeEnd(actor: SeenActor, at: number): readonly string[] {
	const event = { type: 'xstate.stop' };
	const { status, ...rest } = describeSnapshot(actor.definition, actor.snapshot);
	const snapshot = { ...rest, status: status === 'active' ? 'stopped' : status };
	return [
		describeEvent(actor, event, null, at),
		JSON.stringify({ type: '@xstate.snapshot', ...envelope(actor, at), event, snapshot }),
	];
}

function envelope(actor: SeenActor, at: number) {
	const { address } = actor;
	return { sessionId: address, rootId: rootOf(actor), createdAt: String(at), id: null, _version: wireVersion };
}

function rootOf(actor: SeenActor): string {
	return actor.parent ? rootOf(actor.parent) : actor.address;
}

const definitions = new WeakMap<DurableDefinition, string>();

function definitionOf(definition: DurableDefinition): string {
	const known = definitions.get(definition);
	if (known !== undefined) return known;
	const text = serializeDefinition(definition.machine);
	definitions.set(definition, text);
	return text;
}

/** In the form of XState's own JSON. What a machine puts out, or died of, is not on any list. */
function describeSnapshot(definition: DurableDefinition, snapshot: AnyMachineSnapshot) {
	const { status, value, context, tags, children, output, error } = snapshot;
	return {
		status,
		value,
		context: discloseContext(definition, context),
		tags: [...tags],
		historyValue: {},
		children: Object.fromEntries(Object.keys(children).map((id) => [id, { xstate$$type: 1, id }])),
		...(output !== undefined && { output: redacted }),
		...(error !== undefined && { error: redacted }),
	};
}
