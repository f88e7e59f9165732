/** Whether Statecraft runs well on this Node.js. */

export interface NodeVerdict {
	readonly verdict: 'ok' | 'warn' | 'bad';
	/** What to do; absent when all is well. */
	readonly advice?: string;
}

const least = [20, 19] as const;

/**
 * Node 24.19 and later lines of 24 abort the process when a native addon's object is collected
 * (nodejs/node issue 65446); better-sqlite3 12 is such an addon. 20, 22 and 26 do not.
 */
const abortsSince = [24, 19] as const;

export function judgeNode(version: string): NodeVerdict {
	const [major = 0, minor = 0] = version.split('.').map(Number);
	if (major < least[0] || (major === least[0] && minor < least[1])) {
		return { verdict: 'bad', advice: `install Node ${least.join('.')} or newer` };
	}
	if (major === abortsSince[0] && minor >= abortsSince[1]) {
		return {
			verdict: 'warn',
			advice: `Node ${version} may abort with better-sqlite3 (nodejs/node#65446): use Node 20, 22 or 26. No data is lost`,
		};
	}
	return { verdict: 'ok' };
}
