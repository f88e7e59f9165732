/** `statecraft audit`: who or what decided what, when and why. */

import type { Command } from 'commander';
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

const columns: ReadonlyArray<Column<AuditResource>> = [
	{ title: 'AT', value: (entry) => formatTime(entry.at) },
	{ title: 'BY', value: (entry) => entry.by },
	{ title: 'ACTION', value: (entry) => entry.action },
	{ title: 'AGENT', value: (entry) => entry.agentId },
	{ title: 'SUBJECT', value: (entry) => entry.subject },
	{ title: 'WHY', value: whyText },
];

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
			print.result(entries, () => renderTable(entries, columns, 'nothing was done yet'));
		});
}

/** The reason, or else what is known besides. */
function whyText({ reason, detail }: AuditResource): string {
	if (reason !== null) return reason;
	return Object.keys(detail).length === 0 ? '' : JSON.stringify(detail);
}
