import { expect, test } from 'vitest';
import type { Queries } from '../../../src/store/queries.ts';
import { createPushSource } from '../../../src/workflows/triggers/push.ts';
import { createSources } from '../../../src/workflows/triggers/sources.ts';
import { triggerSchema } from '../../../src/workflows/triggers/trigger-config.ts';

test('there is a source for every type of trigger', () => {
	const github = createPushSource();
	const queue = createPushSource();
	const sources = createSources({ reads: {} as Queries, github, queue, onError: () => {} });
	const types = triggerSchema.options.map(({ shape }) => shape.type.value);
	const found = new Map(types.map((type) => [type, sources.of({ type })]));
	expect(found.get('github_issues')).toBe(github);
	expect(found.get('github_pull_requests')).toBe(github);
	expect(found.get('queue')).toBe(queue);
	expect(found.get('manual')).toBe(found.get('webhook'));
	expect(types).toHaveLength(12);
	expect(new Set(found.values()).size).toBe(10);
});
