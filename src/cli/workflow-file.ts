/** A file that holds one workflow. Loaded only when it is needed: it knows YAML, templates and schedules. */

import { readWorkflowFile } from './manifest.ts';
import { readTemplate } from './manifest-template.ts';
import type { WorkflowBody } from './workflow-resources.ts';

/** The workflow as the API takes it; fails with `invalid_request` on what is none. */
export function readWorkflowBody(path: string): WorkflowBody {
	const workflow = readWorkflowFile(path, (name) => process.env[name]);
	const { templateFile, ...body } = workflow.value;
	return { ...body, template: readTemplate(workflow, workflow) };
}
