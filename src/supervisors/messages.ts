/** What agents are told of their missions, in words. */

import type {
	Exchange,
	MissionState,
	Note,
	PendingQuestion,
	RestorationSource,
	SupervisorContext,
	TaskEnd,
} from '../../machines/supervisor-model.ts';

type Mission = Pick<SupervisorContext, 'supervisorId' | 'mission'>;

/** The prompt by which an agent is told. */
export function renderNote(mission: Mission, note: Note): string {
	switch (note.kind) {
		case 'mission':
			return renderMission(mission);
		case 'answer':
			return renderAnswer(note.question, note.answer);
		case 'tasks':
			return `[Statecraft] The tasks that you waited for have ended.\n\n${list(note.ends, renderEnd)}`;
		case 'restoration':
			return note.text;
		default:
			return note satisfies never;
	}
}

function renderMission({ supervisorId, mission }: Mission): string {
	return `[Statecraft] You supervise a mission (${supervisorId}). It may take long, and it survives restarts.

Mission:
${mission}

${callBacks(supervisorId)}`;
}

/** How an agent calls back: by its tools, or, where it has none, over HTTP. */
function callBacks(supervisorId: string): string {
	return `How to keep Statecraft informed, by the tools of its MCP server:
- \`report_progress\` tells what you do now, and how far you are (0 to 100).
- \`ask_human\` asks a person. End your turn then: the answer reaches you as a prompt.
- \`spawn_task\` hands work out, \`wait_for_tasks\` waits for it. End your turn then: you are told when it has ended.
- \`complete\` says that the mission is accomplished, \`block\` that you cannot go on.
Without these tools, POST to /supervisors/${supervisorId}/report, /questions, /tasks, /wait, /complete or /block.`;
}

function renderAnswer({ id, question }: PendingQuestion, answer: Readonly<Record<string, unknown>>): string {
	return `[Statecraft] A person has answered your question (request ${id}).

Question: ${question}
Answer: ${renderGiven(answer)}`;
}

function renderGiven(answer: Readonly<Record<string, unknown>>): string {
	if (answer.decline === true) return '(declined to answer)';
	const given = answer.optionId ?? answer.answer;
	return typeof given === 'string' ? given : JSON.stringify(given);
}

function renderEnd({ taskId, state, summary }: TaskEnd): string {
	return summary === null ? `${taskId}: ${state}` : `${taskId}: ${state}, ${summary}`;
}

/** What is to be said in a restoration message. */
export interface Restoration {
	readonly mission: Mission;
	/** Its number. */
	readonly count: number;
	readonly source: RestorationSource;
	/** Epoch milliseconds. */
	readonly at: number;
	/** When and why it was interrupted; null where nobody knows. */
	readonly interruption: { readonly at: number; readonly reason: string } | null;
	/** What was wrong with what was stored. */
	readonly problems: readonly string[];
	/** Time of the save point that it is taken up from, epoch milliseconds; null for none. */
	readonly savedAt: number | null;
	readonly isFresh: boolean;
	readonly state: MissionState;
	/** What was said before; null when the agent's own session remembers. */
	readonly conversation: readonly Exchange[] | null;
	/** Whether the mission itself is to be told, too. */
	readonly tellsMission: boolean;
	/** What was being told when a turn was cut short. */
	readonly cutShort: Note | null;
	readonly blockedBy: string | null;
	readonly tasksAwaited: readonly string[];
	readonly ends: readonly TaskEnd[];
}

/** When, why, what the agent had been doing, and what is open. */
export function renderRestoration(restoration: Restoration): string {
	return [
		...headOf(restoration),
		...memoryOf(restoration),
		...openOf(restoration),
		'Look at what is there before you do anything again, and go on with the mission.',
	].join('\n\n');
}

function headOf({ count, source, at, interruption, problems, savedAt, isFresh }: Restoration): readonly string[] {
	const why = interruption ? `\nInterrupted ${renderTime(interruption.at)}: ${interruption.reason}` : '';
	return [
		`[Statecraft] Your mission is taken up again: restoration ${count} (${source}), ${renderTime(at)}.${why}`,
		...section('What was stored of it was not valid:', problems),
		...(savedAt === null ? [] : [`It is taken up from its save point of ${renderTime(savedAt)}.`]),
		...(isFresh ? ['Warning: nothing of it could be read, so it begins afresh.'] : []),
	];
}

function memoryOf({ mission, conversation, tellsMission, state, cutShort, blockedBy }: Restoration): readonly string[] {
	const { currentActivity, progress } = state;
	return [
		...(tellsMission ? [`Mission:\n${mission.mission}`, callBacks(mission.supervisorId)] : []),
		...(conversation === null ? [] : section('What was said before:', conversation.map(renderExchange))),
		...(currentActivity === null ? [] : [`You had been doing: ${currentActivity} (${progress} %).`]),
		...(blockedBy === null ? [] : [`You were blocked: ${blockedBy}`]),
		...(cutShort === null ? [] : [renderCut(mission, cutShort)]),
	];
}

function renderCut(mission: Mission, note: Note): string {
	const told = `It is not known how far you came with what you had been told`;
	// The mission is told where it is not remembered; a restoration's word is old by now.
	if (note.kind === 'mission' || note.kind === 'restoration') return `Your last turn was cut short. ${told}.`;
	return `Your last turn was cut short. ${told}:\n${quote(renderNote(mission, note))}`;
}

function openOf({ state, tasksAwaited, ends }: Restoration): readonly string[] {
	return [
		...section(
			'Questions that wait for a person, whose answers will reach you as prompts:',
			state.pendingQuestions.map(({ id, question }) => `${id}: ${question}`),
		),
		...section('Tasks of yours:', state.spawnedTaskIds),
		...section('Tasks that you wait for, whose end you will be told:', tasksAwaited),
		...section('Tasks that have ended:', ends.map(renderEnd)),
	];
}

function renderExchange({ prompt, reply }: Exchange): string {
	return `${quote(prompt)}\n  You: ${reply === null ? '(nothing)' : quote(reply)}`;
}

function section(title: string, items: readonly string[]): readonly string[] {
	return items.length === 0 ? [] : [`${title}\n${list(items, (item) => item)}`];
}

function list<T>(items: readonly T[], render: (item: T) => string): string {
	return items.map((item) => `- ${render(item)}`).join('\n');
}

/** What was said is shown, not said again. */
function quote(text: string): string {
	return text
		.split('\n')
		.map((line) => `> ${line}`)
		.join('\n');
}

function renderTime(at: number): string {
	return new Date(at).toISOString();
}
