/** Makes a server what a manifest says. Loaded only when it is needed: it knows YAML, templates and schedules. */

import type { ApiClient } from './client.ts';
import { readInstallation } from './installation.ts';
import { readManifest } from './manifest.ts';
import { type PlanOptions, planManifest } from './manifest-plan.ts';
import { checkReferences } from './manifest-references.ts';
import { planOnly, type StepsReport, takeSteps } from './manifest-steps.ts';

export interface ApplyInput extends PlanOptions {
	/** `-` for stdin. */
	readonly file: string;
	readonly dryRun: boolean;
}

/** Fails with `invalid_request` before anything is changed; what fails later is in the report. */
export async function applyManifest(api: ApiClient, { file, dryRun, ...options }: ApplyInput): Promise<StepsReport> {
	const manifest = readManifest(file, (name) => process.env[name]);
	const installation = await readInstallation(api, manifest);
	checkReferences(manifest, installation);
	const steps = planManifest(manifest, { api, installation, ...options });
	return dryRun ? planOnly(steps) : takeSteps(steps);
}
