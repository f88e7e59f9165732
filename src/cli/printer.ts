/** Writes what a command has to say: results on stdout, remarks and errors on stderr. */

import { exitCodeFor, isHelp, renderProblem, SilentExit, toProblem } from './failure.ts';

export interface Printer {
	readonly json: boolean;
	/** The one result of a command. */
	result(value: unknown, text: () => string): void;
	/** One item of a stream. */
	item(value: unknown, text: () => string): void;
	/** A remark for people; programs are not bothered with it. */
	note(text: string): void;
	/** Tells why the command failed; answers the exit code. */
	failure(error: unknown): number;
}

export function createPrinter(json: boolean): Printer {
	const write = (value: unknown, text: () => string): void => {
		const output = json ? JSON.stringify(value ?? null) : text();
		process.stdout.write(`${output}\n`);
	};
	return {
		json,
		result: write,
		item: write,
		note(text) {
			if (!json) process.stderr.write(`${text}\n`);
		},
		failure(error) {
			const exitCode = exitCodeFor(error);
			if (error instanceof SilentExit || isHelp(error) || exitCode === 0) return exitCode;
			const problem = toProblem(error);
			process.stderr.write(`${json ? JSON.stringify({ ...problem, exitCode }) : renderProblem(problem)}\n`);
			return exitCode;
		},
	};
}
