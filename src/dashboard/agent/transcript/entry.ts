/** What a transcript consists of, from top to bottom. Every entry has a key that stays the same while it grows. */

import type { z } from 'zod';
import type { failurePayload, usagePayload } from '../../../events/payloads.ts';

export type Failure = z.output<typeof failurePayload>;
export type Usage = z.output<typeof usagePayload>;

interface EntryBase {
	readonly key: string;
	/** Seq of the event that began it. */
	readonly seq: number;
	/** When it began, ISO 8601. */
	readonly at: string;
}

export type TurnOutcome = 'finished' | 'interrupted' | 'cancelled' | 'failed';

/** The agent was given a prompt. Its text is no part of the events: it is looked up by its id. */
export interface PromptEntry extends EntryBase {
	readonly kind: 'prompt';
	readonly promptId: string;
	/** Null while the turn goes on. */
	readonly outcome: TurnOutcome | null;
}

/** Words of the agent, to the user or to itself. */
export interface SpeechEntry extends EntryBase {
	readonly kind: 'message' | 'thought';
	readonly messageId: string | null;
	readonly text: string;
	/** No more of it will come. */
	readonly isFinished: boolean;
}

export interface ToolEntry extends EntryBase {
	readonly kind: 'tool';
	readonly toolCallId: string;
	readonly title: string;
	readonly toolKind: string;
	/** `abandoned`: its turn ended before it did. */
	readonly status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'abandoned';
	readonly input: unknown;
	readonly output: unknown;
	readonly locations: ReadonlyArray<{ readonly path: string; readonly line?: number | undefined }>;
	/** ISO 8601; null while it goes on. */
	readonly endedAt: string | null;
}

export interface PlanEntry extends EntryBase {
	readonly kind: 'plan';
	readonly steps: ReadonlyArray<{ readonly content: string; readonly priority: string; readonly status: string }>;
}

export interface LogEntry extends EntryBase {
	readonly kind: 'log';
	readonly lines: ReadonlyArray<{ readonly stream: 'stdout' | 'stderr'; readonly text: string; readonly at: string }>;
}

/** The agent asked a human; what and with which choices is looked up by the id. */
export interface RequestEntry extends EntryBase {
	readonly kind: 'request';
	readonly requestId: string;
	readonly requestKind: 'permission' | 'question';
	readonly title: string;
	readonly status: 'open' | 'answered' | 'withdrawn' | 'timed_out';
	readonly isOverdue: boolean;
	/** It was open when its turn was cut off. */
	readonly isCutOff: boolean;
	readonly answer: unknown;
	readonly answeredBy: string | null;
	readonly note: string | null;
}

/** A turn ended. */
export interface TurnEndEntry extends EntryBase {
	readonly kind: 'turn-end';
	readonly promptId: string;
	readonly outcome: TurnOutcome;
	readonly stopReason: string | null;
	readonly error: Failure | null;
	readonly usage: Usage | null;
	/** Null when its beginning is not in the transcript. */
	readonly durationMs: number | null;
}

export type Tone = 'plain' | 'good' | 'warning' | 'bad';

export interface Milestone {
	readonly seq: number;
	readonly at: string;
	readonly text: string;
	readonly tone: Tone;
}

/** What befell the agent between its words: launches, changes of state, restarts, budgets. */
export interface MilestonesEntry extends EntryBase {
	readonly kind: 'milestones';
	readonly milestones: readonly Milestone[];
}

/** What the protocol reports beyond what is known here. */
export interface OtherEntry extends EntryBase {
	readonly kind: 'other';
	readonly reports: ReadonlyArray<{ readonly name: string; readonly data: unknown }>;
}

export type Entry =
	| PromptEntry
	| SpeechEntry
	| ToolEntry
	| PlanEntry
	| LogEntry
	| RequestEntry
	| TurnEndEntry
	| MilestonesEntry
	| OtherEntry;
