/**
 * Live runs: who may call back. Owns the token of each run from its launch to its end, in memory only, for
 * no run outlives this process; one that dials in again is a new run.
 *
 * 1. A token is found by its hash, so that how long a refusal takes tells nothing about any token.
 * 2. An agent has one token: that of its newest run.
 */

import { createHash, randomBytes } from 'node:crypto';
import type { CallBacks, RunKey } from '../agents/call-backs.ts';
import { serverName } from './server-name.ts';
import { freeTools } from './tools.ts';

export const callBackPath = '/mcp';

export interface LiveRun extends RunKey {
	readonly token: string;
	/** Aborted when the run is closed. */
	readonly ended: AbortSignal;
}

export interface LiveRuns extends CallBacks {
	/** The run whose token this is, while it lives. */
	find(token: string): LiveRun | undefined;
	/** From now on agents on this host are told this address. */
	listening(url: string): void;
}

interface OpenRun extends LiveRun {
	readonly hash: string;
	readonly end: AbortController;
}

export function createLiveRuns(): LiveRuns {
	const byHash = new Map<string, OpenRun>();
	const byAgent = new Map<string, OpenRun>();
	let ownOrigin = '';

	function begin({ agentId, generation }: RunKey): OpenRun {
		const token = `scr_${randomBytes(24).toString('base64url')}`;
		const end = new AbortController();
		const run = { agentId, generation, token, hash: hashToken(token), end, ended: end.signal };
		byHash.set(run.hash, run);
		byAgent.set(agentId, run);
		return run;
	}

	function finish(run: OpenRun): void {
		byHash.delete(run.hash);
		byAgent.delete(run.agentId);
		run.end.abort();
	}

	return {
		open(key, origin) {
			const known = byAgent.get(key.agentId);
			const isSame = known?.generation === key.generation;
			if (known && !isSame) finish(known);
			const { token } = known && isSame ? known : begin(key);
			return { name: serverName, url: `${origin ?? ownOrigin}${callBackPath}`, token, freeTools };
		},
		close({ agentId, generation }) {
			const run = byAgent.get(agentId);
			if (run?.generation === generation) finish(run);
		},
		find: (token) => byHash.get(hashToken(token)),
		listening(url) {
			ownOrigin = localOrigin(url);
		},
	};
}

/** Where a program on this host reaches a server that listens at `url`: no address can be dialled that means all. */
function localOrigin(url: string): string {
	const { port, hostname } = new URL(url);
	const host = hostname === '0.0.0.0' ? '127.0.0.1' : hostname === '[::]' ? '[::1]' : hostname;
	return `http://${host}:${port}`;
}

function hashToken(token: string): string {
	return createHash('sha256').update(token).digest('hex');
}
