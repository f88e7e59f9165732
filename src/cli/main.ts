#!/usr/bin/env node

/** The `statecraft` program: puts the commands together, and turns what they throw into an exit code. */

import { createPrinter } from './printer.ts';
import { createProgram } from './program.ts';

// `statecraft logs | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
	if (error.code === 'EPIPE') process.exit(0);
	throw error;
});

try {
	await createProgram().parseAsync();
} catch (error) {
	// Read from the arguments themselves: the error may be that they could not be parsed.
	const [own] = process.argv.join('\n').split('\n--\n');
	const json = own?.split('\n').includes('--json') === true;
	process.exitCode = createPrinter(json).failure(error);
}
