/** The repository's own TypeScript sources, as text, with what they import. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
	/** From the top of the repository, with slashes. */
	readonly path: string;
	readonly text: string;
	/** Paths of the repository's own files, or names of packages. */
	readonly imports: readonly string[];
	/** Those of them that are gone once it is compiled: written as `import type`. */
	readonly typeImports: readonly string[];
}

export function readSources(...folders: readonly string[]): SourceFile[] {
	return folders.flatMap((folder) =>
		readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => /\.tsx?$/.test(name) && !/generated(-postgresql)?\//.test(name))
			.map((name) => readSource(join(folder, name))),
	);
}

function readSource(path: string): SourceFile {
	const text = readFileSync(join(repository, path), 'utf8');
	const statements = text.matchAll(
		/^(?:import|export|\}).*? from '([^'\n]+)';$|^import '([^'\n]+)';$|\bimport\('([^'\n]+)'\)/gm,
	);
	const types = text.matchAll(/^import type \{[^}]*\} from '([^'\n]+)';$/gm);
	const resolve = (specifier: string) =>
		specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier;
	return {
		path: relative('.', path),
		text,
		imports: [...statements].map(([, named, bare, dynamic]) => resolve(named ?? bare ?? dynamic ?? '')),
		typeImports: [...types].map(([, specifier]) => resolve(specifier ?? '')),
	};
}
