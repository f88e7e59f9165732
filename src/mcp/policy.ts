/**
 * The tool policy at the tools: what sets others to work is judged here too, for not every program asks
 * before it calls a tool. What a policy leaves to a human has been asked by the program, where it asks at all.
 */

import { StatecraftError } from '../errors.ts';
import { decide, type Verdict } from '../requests/policy/evaluate.ts';
import { onAnotherHost, onThisHost } from '../requests/policy/paths.ts';
import { readPolicy } from '../requests/policy/schema.ts';
import type { ToolUse } from '../requests/policy/tool-use.ts';
import type { Gate } from '../tasks/views.ts';
import { serverName } from './server-name.ts';
import type { Caller } from './tool.ts';

/** Rejects with `forbidden` a call that the policy of the agent or of its turn forbids. */
export function refuseForbidden(tool: string, caller: Caller): void {
	const { decision, rule } = judge(caller, { names: [`mcp__${serverName}__${tool}`], kind: null, command: null });
	if (decision !== 'deny') return;
	throw new StatecraftError('forbidden', `Your tool policy forbids ${tool} (${rule})`, {
		hint: 'Do without it, or ask a human with ask_human',
	});
}

/**
 * Rejects with `forbidden` gates that a policy does not allow: Statecraft runs them itself, so an agent that
 * may not run a command must not have it run as a gate. Without any policy nobody has limited the agent.
 */
export function refuseGates(gates: readonly Gate[], caller: Caller): void {
	if (caller.agent.policy === null && caller.turnPolicy === null) return;
	for (const { name, command, args } of gates) {
		const line = [command, ...args].map(quote).join(' ');
		const { decision, rule } = judge(caller, { names: ['Bash'], kind: 'bash', command: line });
		if (decision === 'allow') continue;
		throw new StatecraftError('forbidden', `Your tool policy does not allow the gate ${name}: ${line} (${rule})`, {
			hint: 'Spawn the task without it, and name in its description what must pass',
		});
	}
}

function judge({ agent, turnPolicy }: Caller, use: Pick<ToolUse, 'names' | 'kind' | 'command'>): Verdict {
	const place = agent.driver.transport === 'websocket' ? onAnotherHost : onThisHost;
	const turn = turnPolicy === null ? null : readPolicy(turnPolicy);
	const whole: ToolUse = { ...use, alsoKnownAs: [], paths: [], isUnclear: false };
	return decide(readPolicy(agent.policy), turn, whole, place(agent.cwd));
}

/** As a shell would have to be told. */
function quote(word: string): string {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
