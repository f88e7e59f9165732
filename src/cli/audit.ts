/** `statecraft audit`: who or what decided what, when and why. */

import type { Command } from 'commander';
import { type AgentNames, agentName, readAgentNames } from './agent-names.ts';
import { parseCount } from './arguments.ts';
import type { AuditResource } from './audit-client.ts';
import { createContext } from './context.ts';
import { type Column, renderTable } from './table.ts';
import { formatTime } from './times.ts';

interface AuditOptions {
	readonly agent?: string;
	readonly action?: string;
	readonly by?: string;
	readonly limit: number;
}

export function registerAudit(program: Command): void {
	program
		.command('audit')
		.description('who or what did or decided what, newest first: people by their token, rules by their name')
		.option('--agent <agent>', 'only about this agent; one that was removed, by its id')
		.option('--action <action>', 'only this action, or with a dot at its end all that begin so: `agent.`')
		.option('--by <name>', 'only of this token, or of this rule')
		.option('--limit <n>', 'at most so many', parseCount, 50)
		.action(async ({ agent, action, by, limit }: AuditOptions, command: Command) => {
			const { api, print } = createContext(command);
			const entries = await api.audit({ agentId: agent, action, by }, limit);
			const names = await readAgentNames(api);
			print.result(entries, () => renderEntries(entries, names));
		});
}

function renderEntries(entries: readonly AuditResource[], names: AgentNames): string {
	const columns: ReadonlyArray<Column<AuditResource>> = [
		{ title: 'AT', value: ({ at }) => formatTime(at) },
		{ title: 'BY', value: ({ by }) => by },
		{ title: 'ACTION', value: ({ action }) => action },
		{ title: 'AGENT', value: ({ agentId }) => agentName(agentId, names) },
		{ title: 'SUBJECT', value: ({ subject }) => subject },
		{ title: 'WHY', value: whyText },
	];
	return renderTable(entries, columns, 'nothing was done yet');
}

/** The reason, or else what is known besides. */
function whyText({ reason, detail }: AuditResource): string {
	if (reason !== null) return reason;
	return Object.keys(detail).length === 0 ? '' : JSON.stringify(detail);
}
