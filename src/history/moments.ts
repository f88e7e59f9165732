/** Renders an actor as of one of its steps: its state, what led to it, and what it led to. */

import type { z } from 'zod';
import { type DurableDefinition, hashDefinition } from '../durable/definition.ts';
import { gateOf } from '../durable/gate.ts';
import { childrenOf } from '../durable/snapshot.ts';
import { renderTime } from '../http/fields.ts';
import { resolveCause } from './cause.ts';
import type { Disclosing } from './disclosing.ts';
import type { ReplayedStep } from './replay.ts';
import type { differsResource, momentResource } from './schemas.ts';
import type { Moment, StoredLine, Timeline } from './timeline.ts';

type MomentResource = z.input<typeof momentResource>;
type DiffersResource = z.input<typeof differsResource>;

export interface MomentParts {
	readonly address: string;
	readonly definition: DurableDefinition;
	readonly timeline: Timeline;
	readonly moment: Moment;
	readonly disclosing: Disclosing;
	readonly cursor: number | null;
	/** Definition of the machine at an address. */
	definitionOf(address: string): DurableDefinition | undefined;
}

export function renderMoment(parts: MomentParts): MomentResource {
	const { address, definition, timeline, moment, disclosing, cursor } = parts;
	const { line, replayed } = moment;
	const step = 'standing' in replayed ? replayed : null;
	return {
		actor: address,
		machine: renderMachine(definition),
		version: line.version,
		last: timeline.last,
		transition: renderLine(line, definition, disclosing),
		state: line.to,
		...renderStanding(step, definition, disclosing),
		contextShown: disclosing.shown,
		cause: resolveCause(line, replayed),
		caused: step && renderConsequences(step, parts),
		cursor,
		differs: renderDiffers(timeline, line.version),
	};
}

export function renderMachine(definition: DurableDefinition): MomentResource['machine'] {
	const { machine, version } = definition;
	return { id: machine.id, version, definitionHash: hashDefinition(machine) };
}

export function renderLine(
	line: StoredLine,
	definition: DurableDefinition,
	disclosing: Disclosing,
): MomentResource['transition'] {
	const { address: actor, seq, version, from, to, trigger, cause, generation, at } = line;
	const event = disclosing.event(definition, line.event);
	return { seq, actor, version, from, to, event, trigger, cause, generation, at: renderTime(at) };
}

/** Null where the version, and all that lies around it, is as it was. */
export function renderDiffers({ departures, doubt }: Timeline, version: number): DiffersResource | null {
	const departed = departures.find(({ since, until }) => version >= since && version <= (until ?? version));
	return departed ? { kind: 'state', ...departed } : doubt && renderDoubt(doubt);
}

export function renderAllDiffers({ departures, doubt }: Timeline): DiffersResource[] {
	const doubts = doubt ? [renderDoubt(doubt)] : [];
	return [...departures.map((departed): DiffersResource => ({ kind: 'state', ...departed })), ...doubts];
}

function renderDoubt({ version, paths }: NonNullable<Timeline['doubt']>): DiffersResource {
	const reason = `the stored snapshot of version ${version} has other values than the replay: ${paths.join(', ')}`;
	return { kind: 'context', since: version, until: null, reason };
}

function renderStanding(
	step: ReplayedStep | null,
	definition: DurableDefinition,
	disclosing: Disclosing,
): Pick<MomentResource, 'value' | 'status' | 'tags' | 'context' | 'timers' | 'children'> {
	if (!step) return { value: null, status: null, tags: null, context: null, timers: null, children: null };
	const { snapshot, timers } = step.standing;
	return {
		value: snapshot.value,
		status: snapshot.status,
		tags: [...snapshot.tags].sort(),
		context: disclosing.context(definition, snapshot.context),
		timers: [...timers.values()].map(({ id, event, dueAt, setBy }) => {
			return { id, type: typeOf(event), dueAt: renderTime(dueAt), setBy };
		}),
		children: Object.entries(childrenOf(snapshot)).map(([id, child]) => ({
			id,
			address: gateOf(child)?.address ?? id,
		})),
	};
}

function renderConsequences(
	{ line, plan }: ReplayedStep,
	{ address, definition, timeline, disclosing, definitionOf }: MomentParts,
): NonNullable<MomentResource['caused']> {
	const isOwn = (of: { readonly address: string }) => of.address === address;
	return {
		effects: plan.effects.filter(isOwn).map(({ id, name, params }) => {
			const shown = disclosing.params(definition, JSON.parse(params));
			return { id, name, params: shown, outcome: timeline.outcomeOf(id) };
		}),
		messages: plan.messages
			.filter(({ from }) => from === address)
			.map(({ id, to, event }) => ({ id, to, event: disclosing.event(definitionOf(to), JSON.parse(event)) })),
		timersSet: plan.timersSet.filter(isOwn).map(({ id, event, dueAt }) => {
			const firedBy = timeline.firingOf(id, line.version);
			return { id, type: typeOf(event), dueAt: renderTime(dueAt), firedBy };
		}),
		timersCleared: plan.timersCleared.filter(isOwn).map(({ id }) => id),
		childrenSpawned: plan.spawned.map((child) => ({ address: child.address, source: child.source })),
		childrenStopped: plan.removed.map((child) => child.address),
		events: (plan.unit.events ?? []).map(({ topic }) => topic),
	};
}

function typeOf(event: string): string {
	return (JSON.parse(event) as { readonly type: string }).type;
}
