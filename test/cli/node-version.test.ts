import { expect, test } from 'vitest';
import { judgeNode } from '../../src/cli/node-version.ts';

test.each([
	['18.20.4', 'bad'],
	['20.18.3', 'bad'],
	['20.19.0', 'ok'],
	['22.12.0', 'ok'],
	['24.18.1', 'ok'],
	['24.19.0', 'warn'],
	['24.21.0', 'warn'],
	['26.10.0', 'ok'],
])('Node %s is %s', (version, verdict) => {
	const judged = judgeNode(version);
	expect(judged.verdict).toBe(verdict);
	expect(judged.advice === undefined).toBe(verdict === 'ok');
});
