/**
 * What there is to read about agents: rows as the store answers them, with JSON parsed and times as
 * epoch milliseconds. `src/store` implements `Reads`; routes render these into the API's resources.
 */

import type { Failure } from '../errors.ts';
import type { RequestOption, Usage } from './drivers/driver.ts';

export interface AgentView {
	readonly id: string;
	readonly name: string;
	/** As configured; secrets in `env` are masked by the routes, not here. */
	readonly driver: DriverConfigView;
	readonly cwd: string;
	readonly autoStart: boolean;
	readonly restart: Readonly<Record<string, unknown>>;
	readonly interruptedTurn: string;
	readonly policy: Readonly<Record<string, unknown>> | null;
	readonly budget: Readonly<Record<string, unknown>> | null;
	readonly labels: Readonly<Record<string, string>>;
	readonly connectTokenHash: string | null;
	readonly executionState: string;
	readonly substate: string | null;
	readonly status: string;
	readonly tags: readonly string[];
	readonly version: number;
	readonly generation: number;
	readonly pid: number | null;
	readonly sessionId: string | null;
	readonly queuedPrompts: number;
	readonly openRequests: number;
	readonly error: Failure | null;
	readonly usage: Usage | null;
	readonly startedAt: number | null;
	readonly completedAt: number | null;
	readonly stateChangedAt: number;
	readonly lastSeenAt: number | null;
	readonly createdAt: number;
	readonly updatedAt: number;
}

export interface DriverConfigView {
	readonly kind: string;
	readonly command?: string;
	readonly args?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly protocol?: 'acp' | 'stream-json';
	readonly transport?: 'stdio' | 'websocket';
}

export interface RunView {
	readonly id: string;
	readonly agentId: string;
	readonly generation: number;
	readonly state: string;
	readonly pid: number | null;
	readonly processStart: string | null;
	readonly startedAt: number;
	readonly completedAt: number | null;
	readonly exitCode: number | null;
	readonly signal: string | null;
	readonly error: Failure | null;
}

export interface PromptView {
	readonly id: string;
	readonly agentId: string;
	readonly status: 'queued' | 'running' | 'finished' | 'interrupted' | 'cancelled' | 'failed';
	readonly text: string;
	readonly content: ReadonlyArray<Readonly<Record<string, unknown>>> | null;
	readonly idempotencyKey: string | null;
	readonly repeatable: boolean;
	/** Tool policy of its turn alone. */
	readonly policy: Readonly<Record<string, unknown>> | null;
	readonly generation: number | null;
	readonly result: { readonly text: string; readonly stopReason: string | null; readonly usage: Usage | null } | null;
	readonly error: Failure | null;
	readonly createdAt: number;
	readonly startedAt: number | null;
	readonly finishedAt: number | null;
}

export interface RequestView {
	readonly id: string;
	readonly agentId: string;
	readonly runId: string | null;
	readonly promptId: string | null;
	readonly key: string;
	readonly kind: 'permission' | 'question';
	readonly title: string;
	readonly detail: Readonly<Record<string, unknown>>;
	readonly options: readonly RequestOption[];
	readonly status: 'open' | 'answered' | 'withdrawn' | 'timed_out';
	readonly answer: unknown;
	readonly answeredBy: string | null;
	readonly askedAt: number;
	readonly deadlineAt: number | null;
	readonly settledAt: number | null;
	readonly note: string | null;
}

export interface TransitionView {
	readonly seq: number;
	readonly address: string;
	readonly version: number;
	readonly from: string | null;
	readonly to: string;
	readonly event: Readonly<Record<string, unknown>>;
	readonly trigger: string | null;
	readonly cause: string;
	readonly generation: number | null;
	readonly at: number;
}

export interface EventView {
	readonly seq: number;
	readonly topic: string;
	readonly agentId: string | null;
	readonly at: number;
	readonly data: unknown;
}

export interface QuarantineView {
	readonly address: string;
	readonly machineId: string;
	readonly machineVersion: number;
	readonly version: number;
	readonly reason: string;
}

export interface SnapshotView {
	readonly address: string;
	readonly machineId: string;
	readonly machineVersion: number;
	readonly definitionHash: string;
	readonly version: number;
	readonly snapshot: unknown;
}

/** A named token; its hash is never read back. */
export interface TokenView {
	/** `tok_…`. */
	readonly id: string;
	readonly name: string;
	readonly scopes: readonly string[];
	readonly createdAt: number;
}

export interface Page {
	/** 1 to 200. */
	readonly limit: number;
	readonly offset: number;
}

export interface Listing<T> {
	readonly items: readonly T[];
	/** Number of matches, not of `items`. */
	readonly total: number;
}

/** The read side. Every method reads committed rows only. */
export interface Reads {
	agents(
		filter: { readonly executionState?: string; readonly labels?: Readonly<Record<string, string>> },
		page: Page,
	): Promise<Listing<AgentView>>;
	/** By id, or by name where no id matches. */
	agent(idOrName: string): Promise<AgentView | undefined>;
	/** Those of the ids that there are, in no order; at most a thousand ids at a time, here and in the other `…ByIds`. */
	agentsByIds(ids: readonly string[]): Promise<readonly AgentView[]>;
	runs(agentId: string, page: Page): Promise<Listing<RunView>>;
	runsByIds(ids: readonly string[]): Promise<readonly RunView[]>;
	/** Newest first. */
	prompts(agentId: string, filter: { readonly status?: string }, page: Page): Promise<Listing<PromptView>>;
	prompt(id: string): Promise<PromptView | undefined>;
	promptsByIds(ids: readonly string[]): Promise<readonly PromptView[]>;
	/** The prompts that these agents work on. */
	runningPrompts(agentIds: readonly string[]): Promise<readonly PromptView[]>;
	promptByKey(agentId: string, idempotencyKey: string): Promise<PromptView | undefined>;
	requests(filter: { readonly status?: string; readonly agentId?: string }, page: Page): Promise<Listing<RequestView>>;
	request(id: string): Promise<RequestView | undefined>;
	requestsByIds(ids: readonly string[]): Promise<readonly RequestView[]>;
	/** Oldest first; `after` is a journal seq. */
	transitions(address: string, page: Page): Promise<Listing<TransitionView>>;
	/** The journal of one actor above a seq, oldest first, at most `limit` lines; fewer: there are no more. */
	journal(
		address: string,
		range: { readonly after: number; readonly limit: number },
	): Promise<readonly TransitionView[]>;
	/** Events with a seq above `after`, oldest first, at most `limit`; with `before` the last ones below it. */
	events(query: {
		readonly after: number;
		/** A seq, not above 2^53. */
		readonly before?: number;
		readonly limit: number;
		readonly agentIds?: readonly string[];
		/** Topics, or prefixes of them ending in `.`. */
		readonly topics?: readonly string[];
	}): Promise<readonly EventView[]>;
	/** Highest seq committed; 0 for none. */
	lastEventSeq(): Promise<number>;
	quarantined(): Promise<readonly QuarantineView[]>;
	snapshot(address: string): Promise<SnapshotView | undefined>;
	tokenByHash(hash: string): Promise<{ readonly name: string; readonly scopes: readonly string[] } | undefined>;
	/** Every named token, oldest first. */
	tokens(): Promise<readonly TokenView[]>;
	idempotencyKey(
		id: string,
	): Promise<{ readonly hash: string; readonly resource: string; readonly status: number } | undefined>;
}
