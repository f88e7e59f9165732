/**
 * The vocabulary of the supervisor: context, events, triggers, and the pure rules it decides by.
 * Everything is JSON; the only clock is `event.at`.
 */

import type { EventObject } from 'xstate';
import type { MachineFailure } from './failure.ts';
import type { PromptSettled } from './prompt-settlement.ts';

/** A question that waits for a human. */
export interface PendingQuestion {
	/** The request by which it is asked. */
	readonly id: string;
	readonly question: string;
	/** None: any text is an answer. */
	readonly choices: readonly string[];
	readonly context: string | null;
	/** Epoch milliseconds. */
	readonly askedAt: number;
}

/** How a task ended. */
export interface TaskEnd {
	readonly taskId: string;
	readonly state: 'completed' | 'failed';
	readonly summary: string | null;
}

/** Tasks that the agent is to be told of when all, or any, of them have ended. */
export interface AwaitedTasks {
	readonly mode: 'all' | 'any';
	readonly taskIds: readonly string[];
	/** Those that have. */
	readonly ended: readonly TaskEnd[];
}

/** What the agent is told, each by a prompt of its own. */
export type Note = {
	/** The same for every attempt to tell it: the prompt's idempotency key. */
	readonly key: string;
} & (
	| { readonly kind: 'mission' }
	| {
			readonly kind: 'answer';
			readonly question: PendingQuestion;
			readonly answer: Readonly<Record<string, unknown>>;
			readonly by: string | null;
	  }
	| { readonly kind: 'tasks'; readonly ends: readonly TaskEnd[] }
	/** What became of the mission; `start`: an agent that is stopped is started for it. */
	| { readonly kind: 'restoration'; readonly text: string; readonly start: boolean }
);

/** A note that the agent has, or is being given. */
export interface CurrentNote {
	readonly note: Note;
	/** Null until the agent has it. */
	readonly promptId: string | null;
}

/** One turn as it is remembered, both texts cut. */
export interface Exchange {
	readonly promptId: string;
	readonly prompt: string;
	/** Null where the agent said nothing, or was cut short. */
	readonly reply: string | null;
}

/** The agent's own memory of the mission, and the run it was last seen in. */
export interface KnownSession {
	readonly id: string;
	readonly generation: number;
}

export const restorationSources = ['daemon_restart', 'agent_restart', 'task_reassignment', 'manual'] as const;

/** Why a supervisor is restored: who was away, or who asked for it. */
export type RestorationSource = (typeof restorationSources)[number];

export interface Interruption {
	/** Epoch milliseconds. */
	readonly at: number;
	/** What will be its restoration's source. */
	readonly source: RestorationSource;
	readonly reason: string;
}

/** What a save point keeps, and a restoration brings back. */
export interface MissionState {
	readonly currentActivity: string | null;
	/** 0 to 100. */
	readonly progress: number;
	readonly spawnedTaskIds: readonly string[];
	readonly pendingQuestions: readonly PendingQuestion[];
	readonly awaiting: AwaitedTasks | null;
}

export interface SupervisorContext extends MissionState {
	readonly supervisorId: string;
	readonly agentId: string;
	readonly mission: string;
	/** Why it is blocked or has failed. */
	readonly errorMessage: string | null;
	/** What the agent is to be told next, the oldest first. */
	readonly outbox: readonly Note[];
	readonly current: CurrentNote | null;
	/** A note whose turn was cut short: nobody knows how far the agent came with it. */
	readonly cutShort: Note | null;
	/** The last turns. */
	readonly conversation: readonly Exchange[];
	/** Null before the first turn has ended. */
	readonly session: KnownSession | null;
	/** Null unless it is interrupted. */
	readonly interruption: Interruption | null;
	/** Why its stored state was lost; null once it has been restored, and for all others. */
	readonly lost: string | null;
	readonly restorationCount: number;
	readonly lastRestoredAt: number | null;
	readonly restorationSource: RestorationSource | null;
	/** How often it waited for tasks. */
	readonly waits: number;
	/** Number of its save points. */
	readonly saves: number;
}

export interface SupervisorInput {
	/** `sup_…` */
	readonly supervisorId: string;
	readonly agentId: string;
	readonly mission: string;
	/** Of one whose stored state was lost: it waits to be restored, and counts on from these. */
	readonly lost?: { readonly reason: string; readonly restorationCount: number; readonly saves: number };
}

interface ByPeople {
	/** Name of the token. */
	readonly by?: string;
}

/** Restores it; worked out from what is stored, and taken whole. */
export interface RestoreCommand {
	readonly type: 'RESTORE';
	readonly source: RestorationSource;
	readonly recovery: 'resumed' | 'checkpoint' | 'fresh';
	/** Who carries it out from now on. */
	readonly agentId: string;
	readonly state: MissionState;
	/** Of awaited tasks, what happened meanwhile. */
	readonly ends: readonly TaskEnd[];
	/** What the agent is told. */
	readonly text: string;
	/** An agent that is stopped is started. */
	readonly start: boolean;
}

export type SupervisorCommandEvent =
	/** The agent has the prompt. */
	| { readonly type: 'PROMPTED'; readonly key: string; readonly agentId: string; readonly promptId: string }
	/** The agent is not there to take it. */
	| { readonly type: 'PROMPT_REFUSED'; readonly key: string; readonly failure: MachineFailure }
	| PromptSettled
	/** What was said in a turn that has ended, and in which session. */
	| ({ readonly type: 'TURN_NOTED'; readonly session: KnownSession | null } & Exchange)
	/** A sign of life. */
	| { readonly type: 'REPORT'; readonly activity?: string; readonly progress?: number }
	| ({ readonly type: 'ASK'; readonly requestId: string } & Pick<PendingQuestion, 'question' | 'choices' | 'context'>)
	| ({
			readonly type: 'ANSWER';
			readonly requestId: string;
			readonly answer: Readonly<Record<string, unknown>>;
	  } & ByPeople)
	| { readonly type: 'TASK_SPAWNED'; readonly taskId: string }
	| { readonly type: 'WAIT_FOR_TASKS'; readonly taskIds: readonly string[]; readonly mode: 'all' | 'any' }
	/** Tasks that have ended, as the store tells. */
	| { readonly type: 'TASKS_ENDED'; readonly ends: readonly TaskEnd[] }
	| { readonly type: 'BLOCK'; readonly reason: string }
	| { readonly type: 'COMPLETE'; readonly summary: string }
	| ({ readonly type: 'FAIL'; readonly reason: string } & ByPeople)
	/** Its agent, or Statecraft itself, went away. */
	| { readonly type: 'INTERRUPT'; readonly source: RestorationSource; readonly reason: string }
	| RestoreCommand;

export type SupervisorEvent = SupervisorCommandEvent & { readonly at: number };

/** Why a transition happened: the journal's closed vocabulary for supervisors. */
export const supervisorTriggers = [
	'Created',
	'Prompted',
	'PromptRefused',
	'PromptSettled',
	'TurnNoted',
	'Reported',
	'QuestionAsked',
	'QuestionAnswered',
	'TaskSpawned',
	'TasksAwaited',
	'TasksEnded',
	'Blocked',
	'Completed',
	'Failed',
	'Interrupted',
	'Restored',
] as const;

export type SupervisorTrigger = (typeof supervisorTriggers)[number];

const triggerOfEvent: Readonly<Record<SupervisorCommandEvent['type'], SupervisorTrigger>> = {
	PROMPTED: 'Prompted',
	PROMPT_REFUSED: 'PromptRefused',
	PROMPT_SETTLED: 'PromptSettled',
	TURN_NOTED: 'TurnNoted',
	REPORT: 'Reported',
	ASK: 'QuestionAsked',
	ANSWER: 'QuestionAnswered',
	TASK_SPAWNED: 'TaskSpawned',
	WAIT_FOR_TASKS: 'TasksAwaited',
	TASKS_ENDED: 'TasksEnded',
	BLOCK: 'Blocked',
	COMPLETE: 'Completed',
	FAIL: 'Failed',
	INTERRUPT: 'Interrupted',
	RESTORE: 'Restored',
};

/** The trigger of a step, from its event alone. */
export function triggerOfSupervisor(event: EventObject): SupervisorTrigger {
	if (event.type === 'xstate.init') return 'Created';
	return triggerOfEvent[event.type as SupervisorCommandEvent['type']];
}

/** Who a supervisor is when it takes back a prompt of its own. */
export function supervisorName(supervisorId: string): string {
	return `supervisor ${supervisorId}`;
}

export function beginMission({ supervisorId, agentId, mission, lost }: SupervisorInput): SupervisorContext {
	return {
		supervisorId,
		agentId,
		mission,
		currentActivity: null,
		progress: 0,
		errorMessage: null,
		spawnedTaskIds: [],
		pendingQuestions: [],
		awaiting: null,
		outbox: lost ? [] : [{ kind: 'mission', key: `${supervisorId}/mission` }],
		current: null,
		cutShort: null,
		conversation: [],
		session: null,
		interruption: null,
		lost: lost?.reason ?? null,
		restorationCount: lost?.restorationCount ?? 0,
		lastRestoredAt: null,
		restorationSource: null,
		waits: 0,
		saves: lost?.saves ?? 1,
	};
}

// --- telling the agent --------------------------------------------------------------------------

export function takeNote({ outbox }: SupervisorContext): Partial<SupervisorContext> {
	const [note, ...rest] = outbox;
	return note ? { current: { note, promptId: null }, outbox: rest } : {};
}

/** Nothing was made of it: it is told later, under the same key. */
export function putBack({ current, outbox }: SupervisorContext): Partial<SupervisorContext> {
	return current ? { current: null, outbox: [current.note, ...outbox] } : {};
}

export function isCurrent({ current }: SupervisorContext, key: string): boolean {
	return current?.note.key === key;
}

/** The turn of the current note is over; one that was cut short is remembered. */
export function endTurn(
	{ current, cutShort }: SupervisorContext,
	{ outcome }: Pick<PromptSettled, 'outcome'>,
): Partial<SupervisorContext> {
	return { current: null, cutShort: outcome === 'interrupted' && current ? current.note : cutShort };
}

/** More turns than these are not remembered. */
const rememberedTurns = 10;

export function rememberTurn(
	{ conversation }: SupervisorContext,
	{ promptId, prompt, reply }: Exchange,
	session: KnownSession | null,
): Partial<SupervisorContext> {
	const others = conversation.filter((turn) => turn.promptId !== promptId);
	return {
		conversation: [...others, { promptId, prompt, reply }].slice(-rememberedTurns),
		...(session && { session }),
	};
}

// --- questions and tasks ------------------------------------------------------------------------

/** The first answer counts: it closes the question, and is told to the agent. */
export function takeAnswer(
	{ supervisorId, pendingQuestions, outbox }: SupervisorContext,
	given: { readonly requestId: string; readonly answer: Readonly<Record<string, unknown>>; readonly by?: string },
): Partial<SupervisorContext> {
	const question = pendingQuestions.find(({ id }) => id === given.requestId);
	if (!question) return {};
	const key = `${supervisorId}/${question.id}`;
	const note: Note = { kind: 'answer', key, question, answer: given.answer, by: given.by ?? null };
	return { pendingQuestions: pendingQuestions.filter((other) => other !== question), outbox: [...outbox, note] };
}

export function awaitTasks(
	{ waits }: SupervisorContext,
	{ taskIds, mode }: Pick<AwaitedTasks, 'taskIds' | 'mode'>,
): Partial<SupervisorContext> {
	return { waits: waits + 1, awaiting: { mode, taskIds: [...new Set(taskIds)], ended: [] } };
}

/** Those of the ends that are waited for and not known yet. */
export function newEnds(awaiting: AwaitedTasks | null, ends: readonly TaskEnd[]): readonly TaskEnd[] {
	if (!awaiting) return [];
	const { taskIds, ended } = awaiting;
	return ends.filter(({ taskId }) => taskIds.includes(taskId) && !ended.some((known) => known.taskId === taskId));
}

export function addEnds(awaiting: AwaitedTasks, ends: readonly TaskEnd[]): AwaitedTasks {
	return { ...awaiting, ended: [...awaiting.ended, ...newEnds(awaiting, ends)] };
}

/** Tasks that are still waited for; none once the wait is over. */
export function tasksOutstanding(awaiting: AwaitedTasks | null): readonly string[] {
	if (!awaiting) return [];
	const { mode, taskIds, ended } = awaiting;
	if (mode === 'any' && ended.length > 0) return [];
	return taskIds.filter((taskId) => !ended.some((end) => end.taskId === taskId));
}

/** The agent is told once the wait is over. */
export function takeEnds(context: SupervisorContext, ends: readonly TaskEnd[]): Partial<SupervisorContext> {
	if (!context.awaiting) return {};
	const awaiting = addEnds(context.awaiting, ends);
	if (tasksOutstanding(awaiting).length > 0) return { awaiting };
	const { supervisorId, restorationCount, waits, outbox } = context;
	// One that was begun afresh counts its waits anew.
	const key = `${supervisorId}/tasks-${restorationCount}-${waits}`;
	return { awaiting: null, outbox: [...outbox, { kind: 'tasks', key, ends: awaiting.ended }] };
}

// --- restoration --------------------------------------------------------------------------------

/** What a save point keeps of it. */
export function missionState(state: MissionState): MissionState {
	const { currentActivity, progress, spawnedTaskIds, pendingQuestions, awaiting } = state;
	return { currentActivity, progress, spawnedTaskIds, pendingQuestions, awaiting };
}

/** One more save point; what was lost is not saved before it has been restored, or nothing would be left to restore it from. */
export function save({ saves, lost }: SupervisorContext): Partial<SupervisorContext> {
	return lost === null ? { saves: saves + 1 } : {};
}

/** Takes the mission up again: the agent is told what happened before anything else, but for the mission itself. */
export function restore(context: SupervisorContext, event: RestoreCommand, at: number): Partial<SupervisorContext> {
	const restorationCount = context.restorationCount + 1;
	const awaiting = event.state.awaiting && addEnds(event.state.awaiting, event.ends);
	const isSameAgent = event.agentId === context.agentId;
	return {
		...event.state,
		// A wait that is over is told of in the same words.
		awaiting: tasksOutstanding(awaiting).length > 0 ? awaiting : null,
		agentId: event.agentId,
		errorMessage: null,
		outbox: withRestoration(context, event, restorationCount),
		current: isSameAgent ? context.current : null,
		cutShort: null,
		session: isSameAgent ? context.session : null,
		interruption: null,
		lost: null,
		restorationCount,
		lastRestoredAt: at,
		restorationSource: event.source,
	};
}

/** One word of a restoration is enough: one that the agent does not have yet is replaced. */
function withRestoration(
	{ supervisorId, outbox }: SupervisorContext,
	{ text, start }: RestoreCommand,
	restorationCount: number,
): readonly Note[] {
	const key = `${supervisorId}/restoration-${restorationCount}`;
	const mission = outbox.filter(({ kind }) => kind === 'mission');
	const others = outbox.filter(({ kind }) => kind !== 'mission' && kind !== 'restoration');
	return [...mission, { kind: 'restoration', key, text, start }, ...others];
}
