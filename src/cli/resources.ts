/** The API's resources as the command line reads them. Times are ISO 8601 strings. */

export interface FailureResource {
	readonly code: string;
	readonly message: string;
	readonly retryable?: boolean;
	readonly detail?: unknown;
}

export interface UsageResource {
	readonly inputTokens?: number;
	readonly outputTokens?: number;
	readonly contextUsed?: number;
	readonly contextSize?: number;
	readonly cost?: { readonly amount: number; readonly currency: string };
}

export interface DriverResource {
	readonly kind: string;
	readonly command?: string;
	readonly args?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly protocol?: string;
	readonly transport?: string;
}

export interface AgentResource {
	readonly id: string;
	readonly name: string;
	readonly driver: DriverResource;
	readonly cwd: string;
	readonly executionState: string;
	readonly substate: string | null;
	readonly status: string;
	readonly activity: string;
	readonly tags: readonly string[];
	readonly version: number;
	readonly generation: number;
	readonly pid: number | null;
	readonly sessionId: string | null;
	readonly startedAt: string | null;
	readonly completedAt: string | null;
	readonly error: FailureResource | null;
	readonly restart: Readonly<Record<string, unknown>>;
	readonly interruptedTurn?: string;
	readonly staleness: string;
	readonly lastSeenAt: string | null;
	readonly usage: UsageResource | null;
	/** How many. */
	readonly openRequests: number;
	readonly queuedPrompts: number;
	readonly labels: Readonly<Record<string, string>>;
	readonly createdAt: string;
	readonly updatedAt: string;
	/** Only in the answer to a create, and only for an agent that dials in. */
	readonly connect?: ConnectResource | null;
}

export interface ConnectResource {
	readonly url: string;
	readonly token: string;
}

export interface PromptResource {
	readonly id: string;
	readonly agentId: string;
	readonly status: 'queued' | 'running' | 'finished' | 'interrupted' | 'cancelled' | 'failed';
	readonly text: string;
	readonly idempotencyKey: string | null;
	readonly repeatable: boolean;
	readonly generation: number | null;
	readonly result: {
		readonly text: string;
		readonly stopReason: string | null;
		readonly usage: UsageResource | null;
	} | null;
	readonly error: FailureResource | null;
	readonly createdAt: string;
	readonly startedAt: string | null;
	readonly finishedAt: string | null;
}

export interface RequestOptionResource {
	readonly optionId: string;
	readonly name: string;
	readonly kind: string;
}

export interface RequestResource {
	readonly id: string;
	readonly agentId: string;
	readonly kind: 'permission' | 'question';
	readonly title: string;
	readonly detail: Readonly<Record<string, unknown>>;
	readonly options: readonly RequestOptionResource[];
	readonly status: 'open' | 'answered' | 'withdrawn' | 'timed_out';
	readonly answer: unknown;
	readonly answeredBy: string | null;
	readonly askedAt: string;
	readonly deadlineAt: string | null;
}

export interface TransitionResource {
	readonly seq: number;
	readonly actor: string;
	readonly version: number;
	readonly from: string | null;
	readonly to: string;
	readonly event: { readonly type?: string } | string;
	readonly trigger: string | null;
	readonly cause: string;
	readonly generation: number | null;
	readonly at: string;
}

export interface EventResource {
	readonly seq: number;
	readonly topic: string;
	readonly agentId?: string | null;
	readonly at: string;
	readonly data: unknown;
}

export interface QuarantineResource {
	readonly address: string;
	readonly reason: string;
}

export interface TokenResource {
	readonly name: string;
	readonly scopes: readonly string[];
	readonly createdAt?: string;
	/** Only in the answer to a create. */
	readonly token?: string;
}

export interface KillAllResource {
	readonly total: number;
	readonly killed: number;
	readonly failed: number;
	readonly errors: ReadonlyArray<{ readonly agentId: string; readonly message: string }>;
}

export interface ListingResource<T> {
	readonly items: readonly T[];
	readonly total: number;
	readonly limit: number;
	readonly offset: number;
}

/** Body of an answer to a request. */
export type AnswerBody = { readonly optionId: string } | { readonly answer: unknown } | { readonly decline: true };
