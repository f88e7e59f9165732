/** What third parties may see of an agent: ids, states, times, counts, settings; no word of anybody. */

import type { Disclosed } from '../durable/definition.ts';

const settings = [
	'transport',
	'restart.policy',
	'restart.maxRestarts',
	'restart.withinSeconds',
	'restart.backoffMs.*',
	'restart.hung',
	'interruptedTurn',
	'startupTimeoutMs',
	'reconnectGraceMs',
	'cancelTimeoutMs',
	'maxQueuedPrompts',
	'group',
	'budget.*.soft',
	'budget.*.hard',
].map((path) => `settings.${path}`);

const prompt = ['id', 'repeatable', 'replyTo.address'];
const failure = ['code', 'retryable'];
const run = ['id', 'state', 'startedAt', 'endedAt', ...below('failure', failure)];

export const agentDisclosed: Disclosed = {
	context: [
		...settings,
		...['agentId', 'autoStart', 'generation', 'interruptionNotice', 'failedAt', 'process.pid', 'suspension.until'],
		...below('run', run),
		...below('previousRun', run),
		...below('queue.*', prompt),
		...below('turn', prompt),
		...below('resumable', prompt),
		...below('requests.*', ['id', 'origin', 'promptId', 'attached', 'deadline.at', 'replyTo.address']),
		...below('failure', failure),
		...['restarts.*', 'failures.*.at', 'failures.*.code'],
		...below('spending', ['cost', 'tokens', 'reported.generation', 'reported.cost', 'warned.*', 'turnMs']),
		...below('spending', ['workingSince', 'overtime', 'pass', 'asked']),
	],
	event: [
		...settings,
		...['generation', 'promptId', 'requestId', 'groupId', 'failedAgentId', 'replyTo.address', 'deadline.at', 'until'],
		...['repeatable', 'start', 'onlyQueued', 'pid', 'resumed', 'outcome', 'clean', 'limit', 'silentMs', 'costOfRun'],
		...below('failure', failure),
	],
};

function below(path: string, fields: readonly string[]): readonly string[] {
	return fields.map((field) => `${path}.${field}`);
}
