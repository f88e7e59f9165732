/** The driver of an agent with an odd character: see `odd-agent.ts`. */

import { fileURLToPath } from 'node:url';

/** Compiled, for plain node runs no TypeScript. */
const program = fileURLToPath(new URL('../../dist/test/support/odd-agent.js', import.meta.url));

export type OddCharacter = 'stubborn' | 'polite' | 'forgetful';

export function oddDriver(character: OddCharacter, sessionDirectory: string) {
	return {
		kind: 'acp',
		command: process.execPath,
		args: [program],
		env: { ODD_CHARACTER: character, STATECRAFT_DEMO_DIR: sessionDirectory },
	};
}
