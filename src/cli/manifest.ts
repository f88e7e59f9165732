/**
 * Reads manifests: YAML in, agents, groups and workflows out, each with where it stands. Everything
 * that can be wrong with a file by itself is told before anything else is done with it.
 */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { StatecraftError } from '../errors.ts';
import { createFileError, type Fault, parseYaml, type YamlDocument, type YamlPath } from './located-yaml.ts';
import {
	type ManifestAgent,
	type ManifestGroup,
	type ManifestWorkflow,
	manifestDocument,
	manifestWorkflow,
} from './manifest-schema.ts';
import { type Environment, fillSecrets } from './manifest-secrets.ts';

/** Something a manifest names, and where. */
export interface Declared<T> {
	readonly value: T;
	/** `file:line:column` of a field of it, or of itself. */
	at(...path: YamlPath): string;
}

export interface Manifest extends Place {
	readonly agents: ReadonlyArray<Declared<ManifestAgent>>;
	readonly groups: ReadonlyArray<Declared<ManifestGroup>>;
	readonly workflows: ReadonlyArray<Declared<ManifestWorkflow>>;
}

/** Reads a file, or stdin for `-`; fails with `invalid_request` on what is no manifest. */
export function readManifest(file: string, environment: Environment): Manifest {
	const source = readSource(file);
	const faults: Fault[] = [];
	const documents = parseYaml(source.text, source.file).map((document) => ({
		document,
		value: validate(manifestDocument, document, environment, faults),
	}));
	if (faults.length > 0) throw createFileError(source.file, faults);
	const declare = <K extends 'agents' | 'groups' | 'workflows'>(kind: K) =>
		documents.flatMap(({ document, value }) =>
			(value?.[kind] ?? []).map((entry, index) => ({
				value: entry as z.output<typeof manifestDocument>[K][number],
				at: (...path: YamlPath) => document.locate([kind, index, ...path]),
			})),
		);
	const manifest = {
		...source,
		agents: declare('agents').map(({ value, at }) => ({ value: absolute(value, source.directory), at })),
		groups: declare('groups'),
		workflows: declare('workflows'),
	};
	checkNames(manifest);
	return manifest;
}

/** Reads a file that holds one workflow. */
export function readWorkflowFile(file: string, environment: Environment): Declared<ManifestWorkflow> & Place {
	const source = readSource(file);
	const faults: Fault[] = [];
	const [document, ...others] = parseYaml(source.text, source.file);
	if (document === undefined || others.length > 0)
		throw createFileError(source.file, [{ at: `${source.file}:1:1`, message: 'Expected one workflow' }]);
	const value = validate(manifestWorkflow, document, environment, faults);
	if (value === undefined) throw createFileError(source.file, faults);
	return { ...source, value, at: (...path) => document.locate(path) };
}

/** A file as it was named on the command line, and the directory that relative paths in it start from. */
export interface Place {
	readonly file: string;
	readonly directory: string;
}

function readSource(file: string): Place & { readonly text: string } {
	if (file === '-') return { file: '<stdin>', directory: process.cwd(), text: readFileSync(0, 'utf8') };
	try {
		return { file, directory: resolve(dirname(file)), text: readFileSync(file, 'utf8') };
	} catch (thrown) {
		throw new StatecraftError('invalid_request', (thrown as Error).message, {}, { cause: thrown });
	}
}

/** The document as the schema makes it; undefined, and a fault for each thing wrong with it. */
function validate<T extends z.ZodType>(
	schema: T,
	document: YamlDocument,
	environment: Environment,
	faults: Fault[],
): z.output<T> | undefined {
	const before = faults.length;
	const filled = fillSecrets(document.value, environment, (path, name) =>
		faults.push({ at: document.locate(path), message: `The environment variable ${name} is not set` }),
	);
	const parsed = schema.safeParse(filled);
	if (!parsed.success) faults.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue, document)));
	return parsed.success && faults.length === before ? parsed.data : undefined;
}

function describeIssue(issue: z.core.$ZodIssue, document: YamlDocument): Fault[] {
	const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
	const fault = (place: YamlPath, message: string): Fault => ({
		at: document.locate(place),
		message: place.length === 0 ? message : `${z.core.toDotPath(place)}: ${message}`,
	});
	if (issue.code === 'unrecognized_keys')
		return issue.keys.map((key) => fault([...path, key], 'There is no such field'));
	if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => fault(path, message));
	if (issue.message.endsWith('received undefined')) return [fault(path, 'It is missing')];
	return [fault(path, issue.message)];
}

function absolute(agent: ManifestAgent, directory: string): ManifestAgent {
	return agent.cwd === undefined ? agent : { ...agent, cwd: resolve(directory, agent.cwd) };
}

function checkNames(manifest: Manifest): void {
	const { file, agents, groups, workflows } = manifest;
	if (agents.length + groups.length + workflows.length === 0)
		throw createFileError(file, [{ at: `${file}:1:1`, message: 'It names no agents, groups or workflows' }]);
	const nameOf = ({ value, at }: Declared<{ readonly name: string }>) => ({ name: value.name, at: at('name') });
	const members = groups.flatMap(({ value, at }) =>
		value.members.map((name, index) => ({ name, at: at('members', index) })),
	);
	const faults = [
		...findDuplicates(agents.map(nameOf), 'Another agent is named'),
		...findDuplicates(groups.map(nameOf), 'Another group is named'),
		...findDuplicates(workflows.map(nameOf), 'Another workflow is named'),
		...findDuplicates(members, 'An agent is in one group, once; here is another'),
	];
	if (faults.length > 0) throw createFileError(file, faults);
}

function findDuplicates(named: ReadonlyArray<{ readonly name: string; readonly at: string }>, what: string): Fault[] {
	const first = new Map<string, string>();
	return named.flatMap(({ name, at }) => {
		const other = first.get(name);
		if (other === undefined) first.set(name, at);
		return other === undefined ? [] : [{ at, message: `${what} "${name}" at ${other}` }];
	});
}
