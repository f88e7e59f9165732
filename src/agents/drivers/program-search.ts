/** Finds programs the way a shell does: along the search path, the local `node_modules/.bin` first. */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { searchPath } from './environment.ts';

/** The path of an executable file of this name; null when there is none. */
export function findProgram(name: string, directories: readonly string[] = programDirectories()): string | null {
	for (const directory of directories) {
		const path = join(directory, name);
		if (isExecutable(path)) return path;
	}
	return null;
}

function programDirectories(): string[] {
	return [join(process.cwd(), 'node_modules', '.bin'), ...searchPath()];
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		// Missing, or not for us: the next directory may have it.
		return false;
	}
}
