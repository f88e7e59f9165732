/** Which agent programs this host has. */

import { presets } from '../agents/drivers/presets.ts';
import { findProgram } from '../agents/drivers/program-search.ts';

export interface DetectedDriver {
	readonly kind: string;
	readonly protocol: string;
	readonly available: boolean;
	/** Where its program is; null when it is not there, or comes with Statecraft. */
	readonly path: string | null;
	/** What installs it; empty for what comes with Statecraft. */
	readonly installCommand: string;
}

export function detectDrivers(): DetectedDriver[] {
	return Object.entries(presets).map(([kind, { protocol, program, installCommand }]) => {
		const path = program === null ? null : findProgram(program);
		return { kind, protocol, available: program === null || path !== null, path, installCommand };
	});
}
