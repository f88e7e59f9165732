/** What befell the agent between its words, in a few words each: `agent.*`, `run.*`, budgets, policies. */

import type { AgentEvent } from './agent-event.ts';
import type { Milestone, Tone } from './entry.ts';

type EventOf<T extends AgentEvent['topic']> = Extract<AgentEvent, { topic: T }>;

interface Words {
	readonly text: string;
	readonly tone: Tone;
	/** Why it failed; told once, however many events say so. */
	readonly failure?: string;
}

/** Null for what is no milestone, or is told by others. */
export function describeMilestone(event: AgentEvent): Words | null {
	switch (event.topic) {
		case 'agent.created':
			return { text: 'Created', tone: 'plain' };
		case 'agent.state.changed':
			return describeChange(event);
		case 'run.started':
			return { text: `Run ${event.data.generation} begins`, tone: 'plain' };
		case 'run.state.changed':
			return event.data.error ? { text: 'Run failed', tone: 'bad', failure: event.data.error.message } : null;
		case 'agent.restarted':
			return { text: `Restarted: run ${event.data.generation}`, tone: 'good' };
		case 'agent.unresponsive':
			return describeSilence(event);
		case 'agent.escalated':
			return { text: 'Has given up', tone: 'bad', failure: event.data.error.message };
		case 'budget.warned':
			return { text: `Has spent ${describeBudget(event.data)}`, tone: 'warning' };
		case 'budget.exceeded':
			return { text: `Budget used up: ${describeBudget(event.data)}`, tone: 'bad' };
		case 'permission.decided':
			return describeDecision(event);
		default:
			return null;
	}
}

const toneOfState: Readonly<Record<string, Tone>> = { failed: 'bad', stopped: 'warning', suspended: 'warning' };

/** Null for the states that come and go with every turn: prompts and their ends tell of those. */
function describeChange({ data }: EventOf<'agent.state.changed'>): Words | null {
	const { from, to, trigger } = data;
	if (isEveryday(to) && (from === null || isEveryday(from))) return null;
	const [top = to, sub] = to.split('.');
	const state = sub === undefined ? spaced(top) : `${spaced(top)}, ${spaced(sub)}`;
	return {
		text: trigger === null ? capital(state) : `${capital(state)} (${spaced(trigger)})`,
		tone: toneOfState[top] ?? toneOfState[sub ?? ''] ?? 'plain',
	};
}

function isEveryday(state: string): boolean {
	return state === 'idle.ready' || state.split('.')[0] === 'busy';
}

function describeSilence({ data }: EventOf<'agent.unresponsive'>): Words {
	const seconds = Math.round(data.silentMs / 1_000);
	const consequence = data.policy === 'restart' ? '; it is restarted' : '';
	return { text: `No sign of life for ${seconds} s${consequence}`, tone: 'warning' };
}

function describeBudget({ kind, spent, limit }: EventOf<'budget.warned'>['data']): string {
	const unit = { cost: '', tokens: ' tokens', turnSeconds: ' s' }[kind];
	const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
	return `${number.format(spent)} of ${number.format(limit)}${unit}${kind === 'cost' ? ' (cost)' : ''}`;
}

function describeDecision({ data: { decision, title, rule } }: EventOf<'permission.decided'>): Words {
	const verb = decision === 'allow' ? 'Allowed' : 'Denied';
	return { text: `${verb} by policy (${rule}): ${title}`, tone: decision === 'allow' ? 'plain' : 'warning' };
}

/** What happened at one moment, a second or so, stands on one line; what came later on one of its own. */
export function groupByMoment(milestones: readonly Milestone[]): ReadonlyArray<readonly Milestone[]> {
	const groups: Milestone[][] = [];
	for (const milestone of milestones) {
		const group = groups.at(-1);
		const begun = Date.parse(group?.[0]?.at ?? '');
		if (group && Date.parse(milestone.at) - begun <= momentMs) group.push(milestone);
		else groups.push([milestone]);
	}
	return groups;
}

const momentMs = 1_500;

/** `awaitingInput` and `PromptReceived` as words. */
function spaced(name: string): string {
	return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
