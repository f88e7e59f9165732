/** Addresses of tasks' actors: `task:<id>`. */

import { rootAddress } from '../durable/address.ts';

export const taskKind = 'task';

export function taskAddress(taskId: string): string {
	return rootAddress(taskKind, taskId);
}

/** Undefined for the address of something else. */
export function taskIdOf(address: string): string | undefined {
	const prefix = taskAddress('');
	return address.startsWith(prefix) ? address.slice(prefix.length) : undefined;
}
