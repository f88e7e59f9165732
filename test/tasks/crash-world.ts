/**
 * A task's life in a durable system whose process can die at any commit: the store in memory, git and
 * gates for real, and an agent that stands in for one: it does what it is told in the worktree.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { assign, enqueueActions, setup } from 'xstate';
import { z } from 'zod';
import type { ReplyTo } from '../../machines/agent-model.ts';
import { agentAddress, agentKind } from '../../src/agents/address.ts';
import type { AgentService } from '../../src/agents/service.ts';
import type { DurableDefinition } from '../../src/durable/definition.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory-store.ts';
import { createGateRunner } from '../../src/tasks/gates.ts';
import { createGitRunner, type GitRunner } from '../../src/tasks/git.ts';
import type { TaskService } from '../../src/tasks/service.ts';
import { createTasks, type Tasks } from '../../src/tasks/tasks.ts';
import { agentRow } from '../store/units.ts';
import { createWorld, type World } from '../support/durable-world.ts';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { createMemoryReads } from '../support/memory-reads.ts';

interface Turn {
	readonly id: string;
	readonly text: string;
	readonly replyTo: ReplyTo;
}

type AgentEvent = { type: 'PROMPT'; turn: Turn } | { type: 'DONE' };

export interface TaskWorld {
	readonly world: World<MemoryStore>;
	readonly repository: GitRepository;
	readonly directory: string;
	readonly reads: ReturnType<typeof createMemoryReads>;
	/** Of the process that runs now. */
	service(): TaskService;
	/** The next process, as `main` starts it. */
	boot(): Promise<void>;
	/** Resolves once `look` finds something. */
	until<T>(look: () => Promise<T | undefined>): Promise<T>;
}

/** Told to do something it changes a file that somebody changes on the base branch, too; told to resolve that it does. */
function work(repository: GitRepository, { text }: Turn): void {
	const worktree = /^Worktree: (.*)$/m.exec(text)?.[1] ?? '';
	if (text.startsWith('You have a task')) {
		if (repository.file('a.txt') !== 'ours\n') repository.commit({ 'a.txt': 'ours\n' });
		repository.write({ 'a.txt': 'theirs\n', 'b.txt': 'new\n' }, worktree);
		return;
	}
	try {
		execFileSync('git', ['rebase', '--quiet', 'main'], { cwd: worktree, stdio: 'ignore' });
	} catch {
		repository.write({ 'a.txt': 'both\n' }, worktree);
		repository.git(['add', '--all'], worktree);
		repository.git(['-c', 'core.editor=true', 'rebase', '--continue'], worktree);
	}
}

/** Takes one prompt at a time, and holds it as an agent would. */
function createStandIn(repository: GitRepository): DurableDefinition {
	return {
		kind: agentKind,
		version: 1,
		context: z.looseObject({ turn: z.unknown() }),
		effects: {
			work: {
				repeat: 'always',
				async run(turn: Turn) {
					work(repository, turn);
					return { type: 'DONE' };
				},
			},
		},
		project({ previous, next, at }) {
			const before = (previous?.context as { turn: Turn | null } | undefined)?.turn;
			const { turn } = next.context as { turn: Turn | null };
			if (!before || turn) return {};
			const set = { status: 'finished', finished_at: at };
			return { records: [{ op: 'update', table: 'prompts', id: before.id, set }] };
		},
		machine: setup({
			types: { context: {} as { turn: Turn | null }, events: {} as AgentEvent },
			actions: {
				work: (_, _turn: Turn) => {},
				settle: enqueueActions(({ context: { turn }, enqueue }) => {
					if (!turn) return;
					const { address: to, token } = turn.replyTo;
					const outcome = { promptId: turn.id, token, outcome: 'finished', failure: null, by: null };
					enqueue({ type: 'tell', params: { to, event: { type: 'PROMPT_SETTLED', ...outcome } } } as never);
				}),
			},
		}).createMachine({
			id: 'agent',
			options: { maxIterations: 10 },
			context: { turn: null, queue: [], resumable: null, requests: [] } as { turn: Turn | null },
			on: {
				PROMPT: {
					actions: [assign(({ event }) => ({ turn: event.turn })), { type: 'work', params: ({ event }) => event.turn }],
				},
				DONE: { actions: ['settle', assign({ turn: null })] },
			},
		}),
	};
}

interface MortalGit {
	readonly git: GitRunner;
	/** From now on whoever uses it hears of nothing any more; resolves when what was begun has ended. */
	die(): Promise<void>;
}

function createMortalGit(): MortalGit {
	const real = createGitRunner('task-world');
	const running = new Set<Promise<unknown>>();
	let dead = false;
	const never = new Promise<never>(() => {});
	return {
		git: {
			in:
				(directory) =>
				async (...args) => {
					if (dead) return never;
					const command = real.in(directory)(...args);
					const ended = command.catch(() => undefined);
					running.add(ended);
					await ended;
					running.delete(ended);
					return dead ? never : command;
				},
		},
		async die() {
			dead = true;
			await Promise.all(running);
			// A file that it was about to remove goes now or never.
			for (let trip = 0; trip < 16; trip++) await Promise.all(Array.from({ length: 4 }, () => stat('/')));
		},
	};
}

const agentId = 'agt_1';

export async function createTaskWorld(): Promise<TaskWorld> {
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-task-world-'));
	onTestFinished(({ task }) => {
		if (task.result?.state !== 'fail') rmSync(directory, { recursive: true, force: true });
	});
	const repository = createGitRepository();
	const disk = createMemoryStore();
	const reads = createMemoryReads(disk);
	const bus = createEventBus();
	const standIn = createStandIn(repository);
	let hand = createMortalGit();
	let tasks = createProcess();
	const world = createWorld([standIn, tasks.definition], { disk, onBatch: ({ events }) => bus.publish(events) });
	await disk.commit([{ records: [agentRow(agentId)] }]);
	await disk.commit([{ records: [{ op: 'update', table: 'agents', id: agentId, set: { execution_state: 'idle' } }] }]);
	await world.system.spawn(agentKind, agentId, undefined);
	await world.system.resume();
	await tasks.resume();

	function createProcess(): Tasks {
		return createTasks({
			clock: { now: () => world.clock.now(), setTimer: (...args) => world.clock.setTimer(...args) },
			reads,
			bus,
			git: hand.git,
			gates: createGateRunner('task-world'),
			dataDir: directory,
			system: () => world.system,
			agents: () => ({ submitPrompt, cancelPrompt: async () => {} }),
			onError: (where, error) => world.errors.push(`${where}: ${error.message}`),
		});
	}

	const submitPrompt: AgentService['submitPrompt'] = async (agent, { text, idempotencyKey: key = '', replyTo }) => {
		const first = await reads.promptByKey(agent, key);
		if (first) return { id: first.id, repeated: true };
		const id = `pmt_${key}`;
		const row = {
			id,
			agent_id: agent,
			status: 'running',
			text,
			idempotency_key: key,
			repeatable: false,
			created_at: 1,
		};
		await world.system.send(
			agentAddress(agent),
			{ type: 'PROMPT', turn: { id, text, replyTo } },
			{ records: [{ op: 'insert', table: 'prompts', row }] },
		);
		return { id, repeated: false };
	};

	return {
		world,
		repository,
		directory,
		reads,
		service: () => tasks.service,
		async boot() {
			tasks.stop();
			await hand.die();
			hand = createMortalGit();
			tasks = createProcess();
			await world.restoreOnly([standIn, tasks.definition]);
			await tasks.sweep();
			await world.system.resume();
			await tasks.resume();
		},
		async until(look) {
			for (;;) {
				const found = await look();
				if (found !== undefined) return found;
				await new Promise((resolve) => setImmediate(resolve));
			}
		},
	};
}
