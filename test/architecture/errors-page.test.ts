import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../../src/errors.ts';
import { repository } from './source-files.ts';

const page = readFileSync(join(repository, 'src/docs/errors.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (\d+) \| ([^|]+) \|/gm)].map(
	([, code, kind, status, title]) => ({
		code,
		kind,
		status: Number(status),
		title: title?.trim(),
	}),
);

test('the page of errors says of every code what the catalogue says, and nothing else', () => {
	const expected = Object.entries(catalogue).map(([code, { kind, status, title }]) => ({ code, kind, status, title }));
	expect(rows).toEqual(expected);
});

test('every error on the page tells what to do', () => {
	const withAdvice = [...page.matchAll(/^\| `\w+` \|[^|]+\|[^|]+\|[^|]+\| (\S[^|]+) \|$/gm)];
	expect(withAdvice).toHaveLength(Object.keys(catalogue).length);
});
