/** What a person types to make a task, read into what the API takes. Pure. */

import type { z } from 'zod';
import type { createTaskBody } from '../../tasks/schemas.ts';

export type NewTaskBody = z.input<typeof createTaskBody>;

/** The form's fields as they are typed. */
export interface TaskDraft {
	readonly description: string;
	readonly repository: string;
	readonly baseBranch: string;
	readonly agentId: string;
	readonly priority: string;
	readonly dependsOn: readonly string[];
	/** One command a line: `npm test`, or `name: npm test`. */
	readonly gates: string;
}

export type DraftProblems = Partial<Record<keyof TaskDraft, string>>;

export function findDraftProblems({ description, repository, priority, gates }: TaskDraft): DraftProblems {
	return {
		...(description.trim() === '' && { description: 'Say what is to be done.' }),
		...(!repository.startsWith('/') && {
			repository: 'An absolute path on the host of the server, such as /home/me/app.',
		}),
		...(priority.trim() !== '' && !/^-?\d{1,7}$/.test(priority.trim()) && { priority: 'A whole number.' }),
		...findGateProblem(gates),
	};
}

export function readDraft(draft: TaskDraft): NewTaskBody {
	const gates = readGates(draft.gates);
	return {
		description: draft.description.trim(),
		repository: draft.repository.trim(),
		...(draft.baseBranch.trim() !== '' && { baseBranch: draft.baseBranch.trim() }),
		...(draft.agentId !== '' && { agent: draft.agentId }),
		...(draft.priority.trim() !== '' && { priority: Number(draft.priority) }),
		...(draft.dependsOn.length > 0 && { dependsOn: [...draft.dependsOn] }),
		...(gates.length > 0 && { gates }),
	};
}

type Gate = NonNullable<NewTaskBody['gates']>[number];

/** No shell reads a gate: words are split at spaces, those in quotes stay together. */
export function readGates(text: string): Gate[] {
	const lines = text.split('\n').map((line) => line.trim());
	return lines.filter((line) => line !== '').map(readGate);
}

function readGate(line: string): Gate {
	const [, name, rest] = /^([\w-]+):\s+(.+)$/.exec(line) ?? [];
	const words = [...(rest ?? line).matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
		([, double, single, plain]) => double ?? single ?? plain ?? '',
	);
	const [command = '', ...args] = words;
	return { name: name ?? line.slice(0, 100), command, args };
}

function findGateProblem(text: string): DraftProblems {
	const names = readGates(text).map(({ name }) => name);
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	return twice === undefined ? {} : { gates: `Two gates are called "${twice}".` };
}
