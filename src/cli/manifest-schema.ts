/**
 * What a manifest may hold: what the API takes, with paths relative to the manifest, and templates
 * in files of their own.
 */

import { z } from 'zod';
import { createAgentBody } from '../agents/schemas.ts';
import { triggerSchema } from '../workflows/triggers/trigger-config.ts';

const name = z.string().min(1).max(100);
const milliseconds = z.number().min(0).max(86_400_000);

/** Tool policy and budget are left out as long as the API does not show them: they could not be compared. */
const manifestAgent = createAgentBody.omit({ policy: true, budget: true }).extend({
	/** Relative to the manifest's directory, which is the default. */
	cwd: z.string().min(1).default('.'),
});

const manifestGroup = z.strictObject({
	name,
	strategy: z.enum(['one_for_one', 'one_for_all', 'rest_for_one']),
	members: z.array(name).min(1),
	maxRestarts: z.int().min(0).exactOptional(),
	withinSeconds: z.number().positive().exactOptional(),
});

export const manifestWorkflow = z
	.strictObject({
		name,
		agent: name,
		trigger: triggerSchema,
		template: z.string().min(1).exactOptional(),
		/** Relative to the manifest's directory. */
		templateFile: z.string().min(1).exactOptional(),
		enabled: z.boolean().exactOptional(),
		policy: z.record(z.string(), z.unknown()).exactOptional(),
		retry: z
			.strictObject({
				maxAttempts: z.int().min(1).max(100).exactOptional(),
				backoffMs: z.strictObject({ initial: milliseconds, max: milliseconds }).exactOptional(),
				interrupted: z.enum(['retry', 'leave']).exactOptional(),
			})
			.exactOptional(),
	})
	.refine(({ template, templateFile }) => (template === undefined) !== (templateFile === undefined), {
		error: 'Give exactly one of template and templateFile',
	});

/** One YAML document; a manifest may have several. */
export const manifestDocument = z.strictObject({
	agents: z.array(manifestAgent).default([]),
	groups: z.array(manifestGroup).default([]),
	workflows: z.array(manifestWorkflow).default([]),
});

export type ManifestAgent = z.output<typeof manifestAgent>;
export type ManifestGroup = z.output<typeof manifestGroup>;
export type ManifestWorkflow = z.output<typeof manifestWorkflow>;
