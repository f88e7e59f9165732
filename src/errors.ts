/**
 * The error catalogue: every failure Statecraft reports, once. Classes, HTTP answers and
 * `src/docs/errors.md` derive from it, and a test reads the page against it in both directions.
 *
 * Kinds say what happens next:
 * - `refused`: the request makes no sense now or ever; change it.
 * - `conflict`: somebody else was there first; read again, then decide.
 * - `transient`: nothing changed; the same request may succeed later.
 * - `terminal`: this will not work until somebody mends something outside.
 * - `cancelled`: somebody asked for it to end.
 * - `corrupt`: stored data could not be understood; it is kept and set aside.
 * - `bug`: Statecraft is wrong; please report it.
 */
export type ErrorKind = 'refused' | 'conflict' | 'transient' | 'terminal' | 'cancelled' | 'corrupt' | 'bug';

export interface CatalogueEntry {
	readonly kind: ErrorKind;
	/** HTTP status of the answer that carries it. */
	readonly status: number;
	/** The same for every occurrence; the detail says what happened this time. */
	readonly title: string;
}

export const catalogue = {
	// the durable core
	event_refused: { kind: 'refused', status: 409, title: 'The actor cannot take this event in its present state' },
	stale_state: { kind: 'conflict', status: 409, title: 'The actor is no longer in the expected state' },
	actor_not_found: { kind: 'refused', status: 404, title: 'There is no such actor' },
	actor_exists: { kind: 'conflict', status: 409, title: 'An actor with this address exists already' },
	actor_quarantined: { kind: 'corrupt', status: 409, title: 'The actor could not be restored and is quarantined' },
	transition_failed: { kind: 'bug', status: 500, title: 'A guard or assignment of the machine threw' },
	version_not_found: { kind: 'refused', status: 404, title: 'The journal of the actor has no such version' },
	bundle_invalid: { kind: 'refused', status: 422, title: 'The file is no bundle that can be replayed here' },
	actor_stopped: { kind: 'cancelled', status: 409, title: 'The actor was stopped before it could take the event' },
	shutting_down: { kind: 'transient', status: 503, title: 'Statecraft is shutting down' },
	// the store
	constraint_violated: { kind: 'conflict', status: 409, title: 'A row with this key exists already' },
	store_unavailable: { kind: 'transient', status: 503, title: 'The database did not take the change' },
	store_locked: { kind: 'terminal', status: 503, title: 'Another Statecraft uses this data directory or database' },
	store_not_empty: { kind: 'refused', status: 409, title: 'The database to copy to holds something already' },
	store_newer: { kind: 'terminal', status: 503, title: 'The database was written by a newer Statecraft' },
	// starting up
	invalid_configuration: { kind: 'terminal', status: 500, title: 'A setting has a value that makes no sense' },
	// requests over HTTP and WebSocket
	invalid_request: { kind: 'refused', status: 400, title: 'The request is not valid' },
	malformed_json: { kind: 'refused', status: 400, title: 'The body is not valid JSON' },
	unauthorized: { kind: 'refused', status: 401, title: 'A valid token is needed' },
	forbidden: { kind: 'refused', status: 403, title: 'This token, host or origin may not do this' },
	not_found: { kind: 'refused', status: 404, title: 'There is no such resource' },
	method_not_allowed: { kind: 'refused', status: 405, title: 'This path does not answer this method' },
	body_too_large: { kind: 'refused', status: 413, title: 'The body is too large' },
	unsupported_media_type: { kind: 'refused', status: 415, title: 'Send JSON' },
	idempotency_key_reused: { kind: 'conflict', status: 422, title: 'This Idempotency-Key was used for another request' },
	internal: { kind: 'bug', status: 500, title: 'Something went wrong inside Statecraft' },
	not_ready: { kind: 'transient', status: 503, title: 'Statecraft is still reconciling' },
	// told by clients: no answer carries it
	server_unreachable: { kind: 'transient', status: 503, title: 'No Statecraft answers at this address' },
	// agents and prompts
	agent_not_found: { kind: 'refused', status: 404, title: 'There is no such agent' },
	agent_not_running: { kind: 'refused', status: 409, title: 'The agent is not running' },
	agent_name_taken: { kind: 'conflict', status: 409, title: 'Another agent has this name' },
	prompt_not_found: { kind: 'refused', status: 404, title: 'There is no such prompt' },
	prompt_settled: { kind: 'conflict', status: 409, title: 'The prompt has ended already' },
	queue_full: { kind: 'transient', status: 429, title: "The agent's prompt queue is full" },
	request_not_found: { kind: 'refused', status: 404, title: 'There is no such request' },
	request_settled: { kind: 'conflict', status: 409, title: 'The request has been answered already' },
	unknown_driver: { kind: 'refused', status: 422, title: 'There is no such driver' },
	driver_not_installed: { kind: 'terminal', status: 422, title: "The agent's program is not installed on this host" },
	cwd_not_found: { kind: 'refused', status: 422, title: 'The working directory does not exist' },
	// why an agent failed: stored as the `error` of agents, runs and prompts
	command_not_found: { kind: 'terminal', status: 422, title: "The agent's command was not found" },
	spawn_failed: { kind: 'transient', status: 502, title: "The agent's process could not be started" },
	handshake_failed: { kind: 'transient', status: 502, title: 'The agent did not complete the protocol handshake' },
	authentication_required: { kind: 'terminal', status: 502, title: 'The agent must be logged in first' },
	startup_timeout: { kind: 'transient', status: 504, title: 'The agent was not ready within the startup deadline' },
	process_crashed: { kind: 'transient', status: 502, title: "The agent's process ended unasked" },
	connection_lost: { kind: 'transient', status: 502, title: 'The agent did not reconnect in time' },
	unresponsive: { kind: 'transient', status: 504, title: 'The agent shows no sign of life' },
	interrupted: { kind: 'transient', status: 409, title: 'The turn was interrupted' },
	turn_failed: { kind: 'transient', status: 502, title: 'The agent reported that the turn failed' },
	protocol_violation: { kind: 'transient', status: 502, title: 'The agent sent what its protocol does not allow' },
	// workflows, dispatches, queues
	workflow_not_found: { kind: 'refused', status: 404, title: 'There is no such workflow' },
	workflow_name_taken: { kind: 'conflict', status: 409, title: 'Another workflow has this name' },
	workflow_disabled: { kind: 'refused', status: 409, title: 'The workflow is disabled' },
	agent_in_use: { kind: 'refused', status: 409, title: 'Something still refers to the agent' },
	dispatch_not_found: { kind: 'refused', status: 404, title: 'There is no such dispatch' },
	dispatch_outstanding: { kind: 'conflict', status: 409, title: 'The dispatch is not settled yet' },
	template_invalid: { kind: 'refused', status: 422, title: 'The template cannot be used' },
	signature_invalid: { kind: 'refused', status: 401, title: 'The signature does not fit the body' },
	// why a dispatch was not completed, or a trigger could not be read
	trigger_failed: { kind: 'transient', status: 502, title: 'The trigger could not be read' },
	rate_limited: { kind: 'transient', status: 503, title: 'The source allows no more requests for now' },
	prompt_too_large: { kind: 'refused', status: 413, title: 'The rendered prompt is too large' },
	prompt_blank: { kind: 'refused', status: 422, title: 'The template rendered to nothing' },
	prompt_cancelled: { kind: 'cancelled', status: 409, title: 'Somebody cancelled the prompt' },
	superseded: { kind: 'cancelled', status: 409, title: 'Another dispatch stands for the item now' },
	// tasks and supervisors
	task_not_found: { kind: 'refused', status: 404, title: 'There is no such task' },
	invalid_transition: { kind: 'refused', status: 409, title: 'There is no such transition' },
	repository_not_found: { kind: 'refused', status: 422, title: 'There is no git repository at this path' },
	branch_exists: { kind: 'conflict', status: 409, title: 'The repository has a branch of this name already' },
	git_failed: { kind: 'transient', status: 502, title: 'Git did not do what it was asked to' },
	gate_failed: { kind: 'transient', status: 422, title: 'A quality gate did not pass' },
	merge_conflict: { kind: 'conflict', status: 409, title: 'The branch is in conflict with its base branch' },
	branch_moved: { kind: 'refused', status: 409, title: 'The branch has moved on since it was reviewed' },
	checkout_dirty: { kind: 'refused', status: 409, title: 'The base branch is checked out with uncommitted changes' },
	task_failed: { kind: 'terminal', status: 409, title: 'The task has failed' },
	supervisor_not_found: { kind: 'refused', status: 404, title: 'There is no such supervisor' },
	supervisor_busy: { kind: 'conflict', status: 409, title: 'The agent carries out another mission already' },
	// groups of agents
	group_not_found: { kind: 'refused', status: 404, title: 'There is no such group' },
	group_name_taken: { kind: 'conflict', status: 409, title: 'Another group has this name' },
	restart_intensity_exceeded: { kind: 'terminal', status: 409, title: 'The agent failed too often and rests' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

/** What helps the reader of an error: answered beside `detail` in problem+json. */
export interface ErrorExtras {
	/** The state the actor is in. */
	readonly state?: string;
	/** Event types the actor could take in that state. */
	readonly possibleEvents?: readonly string[];
	readonly expected?: unknown;
	readonly actual?: unknown;
	/** Validation issues: where and what. */
	readonly issues?: ReadonlyArray<{ readonly path: string; readonly message: string }>;
	/** A command or step that mends it. */
	readonly hint?: string;
}

/** An error of the catalogue. `message` is the detail: what happened this time and what to do. */
export class StatecraftError extends Error {
	override readonly name = 'StatecraftError';
	readonly code: ErrorCode;
	readonly extras: ErrorExtras;

	constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}, options?: ErrorOptions) {
		super(detail, options);
		this.code = code;
		this.extras = extras;
	}

	get kind(): ErrorKind {
		return catalogue[this.code].kind;
	}

	get status(): number {
		return catalogue[this.code].status;
	}
}

/** A failure as it is stored and answered: JSON only, for an `Error` becomes `{}` in a snapshot. */
export interface Failure {
	readonly code: ErrorCode;
	readonly message: string;
	/** Whether trying again may help: decides if a supervisor restarts the agent. */
	readonly retryable: boolean;
	/** Exit code, signal, tail of stderr, protocol error: whatever the place that failed knows. */
	readonly detail?: Readonly<Record<string, unknown>>;
}

/** Builds a failure; retryable unless its kind says that somebody has to mend something first. */
export function createFailure(code: ErrorCode, message: string, detail?: Failure['detail']): Failure {
	const retryable = catalogue[code].kind === 'transient';
	return detail === undefined ? { code, message, retryable } : { code, message, retryable, detail };
}

/** Turns whatever was thrown into an error of the catalogue; what it does not know is a bug. */
export function toStatecraftError(thrown: unknown, fallback: ErrorCode = 'internal'): StatecraftError {
	if (thrown instanceof StatecraftError) return thrown;
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	return new StatecraftError(fallback, message, {}, { cause: thrown });
}
