/**
 * What a manifest may hold: what the API takes, with paths relative to the manifest, and templates
 * in files of their own.
 */

import { z } from 'zod';
import { saveGroupBody } from '../agents/groups/schemas.ts';
import { createAgentBody } from '../agents/schemas.ts';
import { saveWorkflowBody } from '../workflows/schemas.ts';

const manifestAgent = createAgentBody.extend({
	/** Relative to the manifest's directory, which is that of a new agent. */
	cwd: z.string().min(1).exactOptional(),
});

export const manifestWorkflow = saveWorkflowBody
	.extend({
		template: saveWorkflowBody.shape.template.exactOptional(),
		/** Relative to the manifest's directory. */
		templateFile: z.string().min(1).exactOptional(),
	})
	.refine(({ template, templateFile }) => (template === undefined) !== (templateFile === undefined), {
		error: 'Give exactly one of template and templateFile',
	});

/** One YAML document; a manifest may have several. */
export const manifestDocument = z.strictObject({
	agents: z.array(manifestAgent).default([]),
	groups: z.array(saveGroupBody).default([]),
	workflows: z.array(manifestWorkflow).default([]),
});

export type ManifestAgent = z.output<typeof manifestAgent>;
export type ManifestGroup = z.output<typeof saveGroupBody>;
export type ManifestWorkflow = z.output<typeof manifestWorkflow>;
