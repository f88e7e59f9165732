/**
 * The machines' pictures as they are in the documentation. That they are those of today's machines is a
 * test of its own, so that others need not lay them out again, which takes long.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../architecture/source-files.ts';

export const pictures = join(repository, 'src/docs/statecharts');

export function pathOfPicture(machineId: string): string {
	return join(pictures, `${machineId}.svg`);
}

export function readPicture(machineId: string): string {
	return readFileSync(pathOfPicture(machineId), 'utf8');
}
