/** Errors as the command line tells them: exit codes, text for people, problem documents for programs. */

import { CommanderError } from 'commander';
import { catalogue, type ErrorExtras, StatecraftError, toStatecraftError } from '../errors.ts';
import { paint } from './paint.ts';

/** What the shell sees. */
export const exitCodes = {
	ok: 0,
	/** The command was understood, and refused or not fulfilled. */
	failure: 1,
	/** The command line itself is wrong. */
	usage: 2,
	/** No server answers. */
	unreachable: 3,
	/** The server wants another token. */
	unauthorized: 4,
	/** Ctrl-C. */
	interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A problem+json document. */
export interface Problem extends ErrorExtras {
	readonly title: string;
	readonly status: number;
	readonly code: string;
	readonly detail?: string;
	/** Finds a bug in the server's log. */
	readonly errorId?: string;
}

/** An error the server answered with, kept as it came. */
export class ServerProblem extends Error {
	override readonly name = 'ServerProblem';
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.detail ?? problem.title);
		this.problem = problem;
	}
}

/** Ends a command that has said everything already with an exit code other than 0. */
export class SilentExit extends Error {
	override readonly name = 'SilentExit';
	readonly exitCode: number;

	constructor(exitCode: number) {
		super(`exit ${exitCode}`);
		this.exitCode = exitCode;
	}
}

/** Help was shown instead of an error; there is nothing to add. */
export function isHelp(error: unknown): boolean {
	return error instanceof CommanderError && error.code.startsWith('commander.help');
}

/** True when nobody answered at all, so that the same call may succeed once the server is back. */
export function isUnreachable(error: unknown): boolean {
	return error instanceof StatecraftError && error.code === 'server_unreachable';
}

export function toProblem(error: unknown): Problem {
	if (error instanceof ServerProblem) return withLocalHint(error.problem);
	if (error instanceof CommanderError)
		return {
			title: catalogue.invalid_request.title,
			status: 400,
			code: 'invalid_request',
			detail: error.message.replace(/^error: /, ''),
			hint: 'add --help to see how the command is used',
		};
	const { code, status, message, extras } = toStatecraftError(error);
	return { title: catalogue[code].title, status, code, detail: message, ...extras };
}

/** Of our own; the server's `invalid_request` is a refusal like others. */
const usageCodes: ReadonlySet<string> = new Set(['invalid_request', 'invalid_configuration']);

export function exitCodeFor(error: unknown): number {
	if (error instanceof SilentExit) return error.exitCode;
	if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
	if (isUnreachable(error)) return exitCodes.unreachable;
	if (error instanceof StatecraftError && usageCodes.has(error.code)) return exitCodes.usage;
	if (error instanceof ServerProblem && [401, 403].includes(error.problem.status)) return exitCodes.unauthorized;
	return exitCodes.failure;
}

/** The problem in lines for people: what happened, what helps, what to do. */
export function renderProblem(problem: Problem): string {
	const lines = [`${paint.error('error:')} ${problem.detail ?? problem.title}`];
	const facts: ReadonlyArray<readonly [string, unknown]> = [
		['state', problem.state],
		['possible', problem.possibleEvents?.join(', ')],
		['expected', problem.expected],
		['actual', problem.actual],
	];
	for (const [name, value] of facts) if (value !== undefined) lines.push(`  ${name.padEnd(9)} ${inline(value)}`);
	lines.push(...issueLines(problem));
	if (problem.errorId) lines.push(`  id        ${problem.errorId}`);
	if (problem.hint) lines.push(`  ${paint.dim('hint:')} ${problem.hint}`);
	return lines.join('\n');
}

/** A single issue is often the detail itself. */
function issueLines({ issues = [], detail = '' }: Problem): string[] {
	const texts = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
	return texts.filter((text) => !detail.includes(text)).map((text) => `  - ${text}`);
}

/** What the server says in terms of the API, in terms of the command line. */
const localHints: Readonly<Record<string, string>> = {
	unauthorized: 'pass --token, set STATECRAFT_TOKEN, or name the data directory of the server with --data-dir',
	agent_not_running: 'start it with `statecraft agents start`, or send the prompt with --start',
};

function withLocalHint(problem: Problem): Problem {
	const hint = localHints[problem.code];
	return hint === undefined ? problem : { ...problem, hint };
}

function inline(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}
