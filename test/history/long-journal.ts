/** Journals of any length: an agent that is given prompts, works them off, and now and then crashes or is begun afresh. */

import type { AnyMachineSnapshot } from 'xstate';
import type { AgentCommandEvent } from '../../machines/agent-model.ts';
import type { Reads, SnapshotView, TransitionView } from '../../src/agents/views.ts';
import { hashDefinition } from '../../src/durable/definition.ts';
import { formatState } from '../../src/durable/state-path.ts';
import { createInput } from '../machines/agent-inputs.ts';
import { agentDefinition, agentSteps, contextOf } from '../machines/agent-steps.ts';

export const address = 'agent:agt_1';

const crash = { code: 'process_crashed', message: 'It crashed.', retryable: true };

export interface LongJournal {
	readonly lines: readonly TransitionView[];
	/** Snapshots as they were, that of version 1 first. */
	readonly snapshots: readonly AnyMachineSnapshot[];
	/** What the store would answer; counts what was asked. */
	readonly reads: Pick<Reads, 'journal' | 'snapshot'> & { readonly linesRead: number };
	/** Makes the store know only lines up to a version, as it once did. */
	knownUpTo(version: number): void;
}

export interface JournalOptions {
	/** Versions at which it is begun afresh. */
	readonly resets?: readonly number[];
	/** A crash every so many versions. */
	readonly crashEvery?: number;
}

export function writeLongJournal(length: number, { resets = [], crashEvery = 50 }: JournalOptions = {}): LongJournal {
	const lines: TransitionView[] = [];
	const snapshots: AnyMachineSnapshot[] = [];
	const input = { ...createInput({ policy: 'permanent', maxRestarts: 3 }), agentId: 'agt_1' };
	let at = 1_000_000;
	for (let version = 1; version <= length; version++) {
		at += 60_000;
		const before = version === 1 || resets.includes(version) ? undefined : snapshots.at(-1);
		const step = before
			? agentSteps.take(before, nextEvent(before, version, crashEvery), at)
			: agentSteps.create(input, at);
		if (!step.accepted) throw new Error(`version ${version} refuses ${step.event.type}`);
		const isTimer = step.event.type.startsWith('xstate.after');
		lines.push({
			seq: version * 3,
			address,
			version,
			from: before ? formatState(before.value) : null,
			to: formatState(step.after.value),
			event: JSON.parse(JSON.stringify(step.event)),
			trigger: null,
			cause: before ? (isTimer ? `timer:${step.event.type}` : 'send') : 'spawn',
			generation: contextOf(step.after).generation,
			at,
		});
		snapshots.push(step.after);
	}
	return { lines, snapshots, ...createReads(lines, snapshots) };
}

function nextEvent(snapshot: AnyMachineSnapshot, version: number, crashEvery: number): AgentCommandEvent {
	const { generation, turn } = contextOf(snapshot);
	switch (formatState(snapshot.value)) {
		case 'pending':
			return { type: 'SPAWN', by: 'operator' };
		case 'starting':
			return { type: 'CONNECTED', generation, sessionId: 'session', resumed: false };
		case 'failed.backingOff':
			return { type: 'xstate.after.backoff.agent.failed.backingOff' } as unknown as AgentCommandEvent;
		case 'idle.ready':
			return { type: 'PROMPT', promptId: `pmt_${version}`, repeatable: false };
		default:
			if (version % crashEvery < 2) return { type: 'PROCESS_EXITED', generation, clean: false, failure: crash };
			return { type: 'RESULT', generation, promptId: turn?.id ?? '', outcome: 'finished', stopReason: 'end_turn' };
	}
}

function createReads(lines: readonly TransitionView[], snapshots: readonly AnyMachineSnapshot[]) {
	let known = lines.length;
	let linesRead = 0;
	return {
		knownUpTo(version: number) {
			known = version;
		},
		reads: {
			get linesRead() {
				return linesRead;
			},
			async journal(of: string, { after, limit }: { readonly after: number; readonly limit: number }) {
				const first = Math.floor(after / 3);
				const page = of === address ? lines.slice(first, Math.min(first + limit, known)) : [];
				linesRead += page.length;
				return page;
			},
			async snapshot(): Promise<SnapshotView> {
				const { machine, version: machineVersion } = agentDefinition;
				const snapshot = JSON.parse(agentSteps.persist(snapshots[known - 1] as AnyMachineSnapshot));
				const definitionHash = hashDefinition(machine);
				return { address, machineId: machine.id, machineVersion, definitionHash, version: known, snapshot };
			},
		},
	};
}
