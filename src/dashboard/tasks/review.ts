/** What a reviewer reads: the files a branch changes, each with its changed lines where it has any to show. Pure. */

import type { z } from 'zod';
import type { taskDiffResource } from '../../tasks/schemas.ts';
import { type FileDiff, readUnifiedDiff } from '../content/line-diff.ts';

export type TaskDiff = z.output<typeof taskDiffResource>;
export type ChangedFile = TaskDiff['files'][number];

export interface GivenDiff {
	readonly files: readonly ChangedFile[];
	readonly patch: string;
}

export interface Review {
	readonly diffs: readonly FileDiff[];
	/** Without lines to show: binary, empty, another mode alone, or beyond what was sent. */
	readonly others: readonly ChangedFile[];
}

/** The counts are those of the whole files, also where the patch was cut off in the middle of one. */
export function readReview({ files, patch }: GivenDiff): Review {
	const known = new Map(files.map((file) => [file.path, file]));
	// Lines of files begin with a sign, so none of them looks like the beginning of another file's patch.
	const sections = patch.split(/\n(?=diff --git )/);
	const diffs = sections.flatMap((section) =>
		readUnifiedDiff(section).map((diff) => {
			const path = findPath(section) ?? diff.path;
			const { added, removed } = known.get(path) ?? diff;
			return { ...diff, path, added: added ?? diff.added, removed: removed ?? diff.removed };
		}),
	);
	const shown = new Set(diffs.map(({ path }) => path));
	return { diffs, others: files.filter(({ path }) => !shown.has(path)) };
}

/** Where the file is, or where it was if it is gone. */
function findPath(section: string): string | undefined {
	const head = section.split('\n@@ ', 1)[0] ?? '';
	const named = head.split('\n').flatMap((line) => {
		const [, name] = /^(?:---|\+\+\+) (.*)$/s.exec(line) ?? [];
		return name === undefined || name === '/dev/null' ? [] : [unquote(name)];
	});
	return named.at(-1)?.replace(/^[ab]\//, '');
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/** Git writes unusual names as C writes strings, byte by byte; behind those that hold a space it puts a tab. */
function unquote(written: string): string {
	const name = written.replace(/\t$/, '');
	if (!name.startsWith('"')) return name;
	const bytes: number[] = [];
	for (const [part, octal, letter] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/g)) {
		if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
		else if (letter !== undefined) bytes.push(escapes[letter] ?? letter.charCodeAt(0));
		else bytes.push(...new TextEncoder().encode(part));
	}
	return new TextDecoder().decode(new Uint8Array(bytes));
}
