/** Templates of workflows in manifests: beside the workflow, or in a file of their own. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { StatecraftError } from '../errors.ts';
import { parseTemplate } from '../workflows/template.ts';
import { createFileError } from './located-yaml.ts';
import type { Declared, Place } from './manifest.ts';
import type { ManifestWorkflow } from './manifest-schema.ts';

/** The text of a workflow's template; fails with `invalid_request` when it cannot be read or used. */
export function readTemplate({ value, at }: Declared<ManifestWorkflow>, { file, directory }: Place): string {
	const { template, templateFile } = value;
	const place = at(templateFile === undefined ? 'template' : 'templateFile');
	try {
		const text = templateFile === undefined ? template : readFileSync(resolve(directory, templateFile), 'utf8');
		if (!text) throw new StatecraftError('template_invalid', `${templateFile} is empty`);
		parseTemplate(text);
		return text;
	} catch (thrown) {
		throw createFileError(
			file,
			describe(thrown).map((message) => ({ at: place, message })),
		);
	}
}

/** Each problem of a template by itself, with the line of the template where it is. */
function describe(thrown: unknown): readonly string[] {
	if (thrown instanceof StatecraftError && thrown.extras.issues !== undefined)
		return thrown.extras.issues.map(({ path, message }) => `${path.replace(':', ' line ')}: ${message}`);
	return [thrown instanceof Error ? thrown.message : String(thrown)];
}
