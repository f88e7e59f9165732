/** Addresses of tasks' actors: `task:<id>`. */

import { rootAddress } from '../durable/address.ts';

export const taskKind = 'task';

export function taskAddress(taskId: string): string {
	return rootAddress(taskKind, taskId);
}

export function taskIdOf(address: string): string {
	return address.slice(taskKind.length + 1);
}
