/**
 * What agents do at the moment, in one line: while a turn waits for an answer, what was asked; else, while it
 * runs, the entry of the plan that is in progress, else the latest tool call that has not ended, else the
 * first line of the prompt.
 *
 * Kept in memory and fed by committed events. A restart of the server loses requests, plans and tool calls
 * that were told before it: until the agent tells of another, its prompt stands in for them, which is read
 * when somebody asks.
 */

import { stripVTControlCharacters } from 'node:util';
import type { StoredEvent } from '../durable/store.ts';
import type { EventBus } from '../events/bus.ts';
import type { AgentView, Reads } from './views.ts';

export interface CurrentActivity {
	/** Null while no turn runs, and for prompts that `prepare` has not read. */
	of(agent: Pick<AgentView, 'id' | 'executionState' | 'substate'>): string | null;
	/** Reads what `of` needs to know of these agents, in one go. */
	prepare(agents: ReadonlyArray<Pick<AgentView, 'id' | 'executionState'>>): Promise<void>;
	/** Told of agents whose plan or tool calls say something else now; turns that begin and end have events. */
	subscribe(listener: (agentId: string) => void): () => void;
	stop(): void;
}

export interface CurrentActivityDeps {
	readonly bus: Pick<EventBus, 'subscribe'>;
	readonly reads: Pick<Reads, 'runningPrompts' | 'promptsByIds'>;
}

interface Turn {
	readonly promptId: string;
	/** First line of the prompt; undefined until it was read. */
	prompt: string | undefined;
	plan: string | null;
	/** Titles of tool calls that have not ended, the latest last. */
	readonly tools: Map<string, string>;
}

/** What is looked at of an event's data. */
interface Told {
	readonly promptId?: string | null;
	readonly toolCallId?: string;
	readonly title?: string;
	readonly requestId?: string;
	readonly status?: string;
	readonly entries?: ReadonlyArray<{ readonly content: string; readonly status: string }>;
}

const longest = 200;

export function createCurrentActivity({ bus, reads }: CurrentActivityDeps): CurrentActivity {
	const turns = new Map<string, Turn>();
	/** Titles of the open requests of each agent, by their ids, the latest last. */
	const requests = new Map<string, Map<string, string>>();
	const listeners = new Set<(agentId: string) => void>();

	function begin(agentId: string, promptId: string): Turn {
		const turn: Turn = { promptId, prompt: undefined, plan: null, tools: new Map() };
		turns.set(agentId, turn);
		return turn;
	}

	function hear({ topic, agentId, data }: StoredEvent): void {
		if (agentId === null) return;
		if (topic === 'agent.deleted') forget(agentId);
		else if (topic.startsWith('request.')) hearRequest(topic, agentId, JSON.parse(data));
		else if (topic.startsWith('prompt.')) hearPrompt(topic, agentId, JSON.parse(data));
		else if (outputs.has(topic)) hearOutput(topic, agentId, JSON.parse(data));
	}

	function forget(agentId: string): void {
		turns.delete(agentId);
		requests.delete(agentId);
	}

	function hearRequest(topic: string, agentId: string, { requestId = '', title = '' }: Told): void {
		const open = requests.get(agentId) ?? new Map<string, string>();
		if (topic === 'request.opened') open.set(requestId, toLine(title));
		// One that is overdue may be open still.
		else if (topic !== 'request.overdue') open.delete(requestId);
		if (open.size > 0) requests.set(agentId, open);
		else requests.delete(agentId);
	}

	function hearPrompt(topic: string, agentId: string, { promptId }: Told): void {
		if (promptId === undefined || promptId === null) return;
		if (topic === 'prompt.started') begin(agentId, promptId);
		// Settled, or back in the queue.
		else if (turns.get(agentId)?.promptId === promptId) turns.delete(agentId);
	}

	function hearOutput(topic: string, agentId: string, told: Told): void {
		const { promptId } = told;
		if (promptId === undefined || promptId === null) return;
		const known = turns.get(agentId);
		// What comes late of a turn that has ended begins none.
		const turn = known ?? begin(agentId, promptId);
		if (turn.promptId !== promptId) return;
		const before = describe(turn);
		if (topic === 'agent.output.plan') turn.plan = findPlanned(told);
		else noteTool(turn, told);
		if (describe(turn) !== before) for (const listener of listeners) listener(agentId);
	}

	async function readPrompts(agentIds: readonly string[], promptIds: readonly string[]): Promise<void> {
		const found = [
			...(agentIds.length > 0 ? await reads.runningPrompts(agentIds) : []),
			...(promptIds.length > 0 ? await reads.promptsByIds(promptIds) : []),
		];
		for (const { id, agentId, text } of found) {
			const turn = turns.get(agentId) ?? begin(agentId, id);
			if (turn.promptId === id) turn.prompt = toLine(text);
		}
	}

	const leaveBus = bus.subscribe((events) => {
		for (const event of events) hear(event);
	});

	return {
		of({ id, executionState, substate }) {
			if (executionState !== 'busy') return null;
			const asked = substate === 'awaitingInput' ? [...(requests.get(id)?.values() ?? [])].at(-1) : undefined;
			const turn = turns.get(id);
			return asked || (turn ? describe(turn) : null);
		},
		async prepare(agents) {
			const busy = agents.filter(({ executionState }) => executionState === 'busy').map(({ id }) => id);
			const unread = busy.flatMap((id) => {
				const turn = turns.get(id);
				return turn && turn.prompt === undefined && describe(turn) === null ? [turn.promptId] : [];
			});
			const unknown = busy.filter((id) => !turns.has(id));
			if (unread.length + unknown.length > 0) await readPrompts(unknown, unread);
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		stop: leaveBus,
	};
}

const outputs = new Set(['agent.output.plan', 'agent.output.tool_call', 'agent.output.tool_call_update']);

function describe({ plan, tools, prompt }: Turn): string | null {
	return plan ?? [...tools.values()].at(-1) ?? (prompt || null);
}

function findPlanned({ entries = [] }: Told): string | null {
	const entry = entries.find(({ status }) => status === 'in_progress');
	return entry === undefined ? null : toLine(entry.content) || null;
}

function noteTool({ tools }: Turn, { toolCallId, title, status }: Told): void {
	if (toolCallId === undefined) return;
	const line = title === undefined ? tools.get(toolCallId) : toLine(title);
	if (status === 'completed' || status === 'failed') tools.delete(toolCallId);
	// An update says only what is new: one that names no tool, of a tool that has ended, is none to tell of.
	else if (line) tools.set(toolCallId, line);
}

/** The first line that says something, without what would disturb a terminal or the direction of text. */
function toLine(text: string): string {
	const lines = stripVTControlCharacters(text.slice(0, 8 * longest)).split(/[\r\n\u2028\u2029]+/u);
	const clean = lines.map((line) => line.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim());
	const characters = [...(clean.find((line) => line !== '') ?? '')];
	return characters.length <= longest ? characters.join('') : `${characters.slice(0, longest - 1).join('')}…`;
}
