/**
 * What an agent may spend, what it has spent over all its runs, and what follows. Cost and tokens count
 * when a turn ends; the time of a turn counts while the agent works, not while it waits for a human.
 */

import type { AgentContext, OpenRequest } from './agent-model.ts';

export interface BudgetLimit {
	/** Beyond it people are told, once. */
	readonly soft?: number;
	/** Beyond it the agent takes no prompts until a human says so. */
	readonly hard?: number;
}

export interface AgentBudget {
	/** In the currency the agent reports. */
	readonly cost?: BudgetLimit;
	/** In and out. */
	readonly tokens?: BudgetLimit;
	/** Of a single turn; at the hard limit it is cancelled. */
	readonly turnSeconds?: BudgetLimit;
}

export type BudgetKind = keyof AgentBudget;

export interface Spending {
	readonly cost: number;
	readonly tokens: number;
	/** The cost reported last, which is a sum: of which run and session. */
	readonly reported: { readonly generation: number; readonly sessionId: string | null; readonly cost: number } | null;
	/** Soft limits that people were told of. */
	readonly warned: readonly BudgetKind[];
	/** Work on the turn in progress, milliseconds, before it waited for a human. */
	readonly turnMs: number;
	/** Since when it works, epoch milliseconds; null where the time of turns is not limited, and while it does not. */
	readonly workingSince: number | null;
	/** The last turn took longer than it may. */
	readonly overtime: boolean;
	/** The next turn may begin all the same. */
	readonly pass: boolean;
	/** How often a human was asked. */
	readonly asked: number;
}

export const nothingSpent: Spending = {
	cost: 0,
	tokens: 0,
	reported: null,
	warned: [],
	turnMs: 0,
	workingSince: null,
	overtime: false,
	pass: false,
	asked: 0,
};

/** What a turn has cost, as its driver tells it. */
export interface TurnUsage {
	readonly usage?: Readonly<Record<string, unknown>> | null;
	/** The cost is the sum of this process, not of the session. */
	readonly costOfRun?: boolean;
}

/** Adds what the turn that ends has cost. */
export function spend(context: AgentContext, { usage, costOfRun = false }: TurnUsage): Spending {
	const { spending, generation, sessionId } = context;
	const tokens = spending.tokens + numberOf(usage?.inputTokens) + numberOf(usage?.outputTokens);
	const amount = (usage?.cost as { readonly amount?: unknown } | undefined)?.amount;
	if (typeof amount !== 'number') return warn(context, { ...spending, tokens });
	const last = spending.reported;
	const goesOn = last !== null && (costOfRun ? last.generation === generation : last.sessionId === sessionId);
	// A sum that has fallen began again.
	const base = goesOn && last.cost <= amount ? last.cost : 0;
	const reported = { generation, sessionId, cost: amount };
	return warn(context, { ...spending, tokens, cost: spending.cost + amount - base, reported });
}

function numberOf(value: unknown): number {
	return typeof value === 'number' ? value : 0;
}

function warn({ settings }: AgentContext, spending: Spending): Spending {
	const beyond = summed.filter((kind) => spending[kind] >= (settings.budget?.[kind]?.soft ?? Number.POSITIVE_INFINITY));
	const turns = spending.warned.filter((kind) => kind === 'turnSeconds');
	return { ...spending, warned: [...beyond, ...turns] };
}

const summed = ['cost', 'tokens'] as const;

/** Hard limits that are reached. */
export function exceededLimits({ settings, spending }: AgentContext): readonly BudgetKind[] {
	const beyond = summed.filter((kind) => spending[kind] >= (settings.budget?.[kind]?.hard ?? Number.POSITIVE_INFINITY));
	return spending.overtime ? [...beyond, 'turnSeconds'] : beyond;
}

/** Whether the agent has spent what it may, and nobody lets it go on. */
export function isOverBudget(context: AgentContext): boolean {
	return !context.spending.pass && exceededLimits(context).length > 0;
}

/** Suspends the agent and asks a human what is to become of it. */
export function suspendForBudget(context: AgentContext): Partial<AgentContext> {
	const { agentId, generation, requests, spending } = context;
	const suspension = { reason: 'budget', until: null };
	if (requests.some(({ origin }) => origin === 'budget')) return { suspension };
	const asked = spending.asked + 1;
	const id = `req_${agentId.replace(/^agt_/, '')}_${generation}_b${asked}`;
	const request: OpenRequest = { id, origin: 'budget', promptId: '', attached: false, fingerprint: id, answer: null };
	return { suspension, requests: [...requests, request], spending: { ...spending, asked } };
}

export interface BudgetAnswer {
	readonly requestId: string;
	readonly answer: Readonly<Record<string, unknown>>;
}

export function isAboutBudget({ requests }: AgentContext, { requestId }: BudgetAnswer): boolean {
	return requests.some(({ id, origin }) => id === requestId && origin === 'budget');
}

/** Takes a human's answer: `raise` allows as much again, `resume` one more turn; any other leaves it suspended. */
export function answerBudget(context: AgentContext, { answer }: BudgetAnswer): Partial<AgentContext> {
	if (answer.optionId === 'resume') return letPass(context);
	if (answer.optionId !== 'raise') return withoutQuestion(context);
	return liftBudget({ ...context, settings: { ...context.settings, budget: raise(context) } });
}

function raise(context: AgentContext): AgentBudget {
	const { settings, spending } = context;
	const raised = exceededLimits(context).flatMap((kind) => {
		const limit = settings.budget?.[kind];
		const hard = limit?.hard;
		// The limit that was exceeded may have been taken away.
		if (hard === undefined) return [];
		const spent = kind === 'turnSeconds' ? 0 : spending[kind];
		return [[kind, { ...limit, hard: Math.max(hard * 2, spent + hard) }] as const];
	});
	return { ...settings.budget, ...Object.fromEntries(raised) };
}

/** One more turn, whatever was spent. */
export function letPass(context: AgentContext): Partial<AgentContext> {
	const pass = exceededLimits(context).length > 0;
	return {
		...withoutQuestion(context),
		...unsuspended(context),
		spending: { ...context.spending, pass, overtime: false },
	};
}

/** The budget suffices now. */
export function liftBudget(context: AgentContext): Partial<AgentContext> {
	const { settings, spending } = context;
	return {
		...withoutQuestion(context),
		...unsuspended(context),
		settings,
		spending: warn(context, { ...spending, overtime: false }),
	};
}

function withoutQuestion({ requests }: AgentContext): Partial<AgentContext> {
	return { requests: requests.filter(({ origin }) => origin !== 'budget') };
}

function unsuspended({ suspension }: AgentContext): Partial<AgentContext> {
	return suspension?.reason === 'budget' ? { suspension: null } : {};
}

/** Whether the agent is suspended for what it has spent, and need not be with this budget. */
export function suffices(context: AgentContext, budget: AgentBudget | null | undefined): boolean {
	if (context.suspension?.reason !== 'budget' || budget === undefined) return false;
	const spending = { ...context.spending, overtime: false };
	return exceededLimits({ ...context, spending, settings: { ...context.settings, budget } }).length === 0;
}

// --- the time of a turn ---------------------------------------------------------------------------

export const turnTimers = { soft: 'turnSoftLimit', hard: 'turnHardLimit' } as const;

/** Milliseconds of work that are left before each limit of the turn. */
export function turnTimeLeft({ settings, spending }: AgentContext): ReadonlyArray<readonly ['soft' | 'hard', number]> {
	return (['soft', 'hard'] as const).flatMap((limit) => {
		const seconds = settings.budget?.turnSeconds?.[limit];
		if (seconds === undefined || (limit === 'soft' && spending.warned.includes('turnSeconds'))) return [];
		return [[limit, Math.max(0, seconds * 1_000 - spending.turnMs)] as const];
	});
}

export function beginTurnTime({ spending }: AgentContext): Spending {
	const warned = spending.warned.filter((kind) => kind !== 'turnSeconds');
	return { ...spending, warned, turnMs: 0, workingSince: null, overtime: false, pass: false };
}

export function stopTurnTime({ spending }: AgentContext, at: number): Spending {
	const { workingSince, turnMs } = spending;
	return { ...spending, workingSince: null, turnMs: turnMs + at - (workingSince ?? at) };
}
