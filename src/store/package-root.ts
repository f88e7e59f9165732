/** Finds the package that this file belongs to, compiled or not, installed or not. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder upwards that holds a package.json. */
export function findPackageRoot(from: string = import.meta.dirname): string {
	for (let folder = from; ; folder = dirname(folder)) {
		if (existsSync(join(folder, 'package.json'))) return folder;
		if (folder === dirname(folder)) throw new Error(`There is no package.json above ${from}`);
	}
}
