import { describe, expect, test } from 'vitest';
import { readSources, type SourceFile } from './source-files.ts';

/** What each room may import, besides itself; more precise rooms come first. Packages are listed by name. */
const rooms: ReadonlyArray<{
	readonly room: string;
	readonly may: readonly RegExp[];
	/** What may be imported besides, as types only. */
	readonly mayType?: readonly RegExp[];
}> = [
	{ room: 'machines/', may: [/^xstate$/] },
	{ room: 'src/durable/', may: [/^xstate$/, /^node:(crypto|timers\/promises)$/, /^src\/errors\.ts$/] },
	{
		room: 'src/store/',
		may: [
			/^(node:|@prisma\/|prisma$|better-sqlite3$)/,
			/^src\/(durable|errors|package|ids)/,
			/^src\/agents\/(views|groups\/views|drivers\/driver)\.ts$/,
			/^src\/(supervisors|tasks|telemetry|workflows)\/views\.ts$/,
			/^src\/(audit|stream)\/views\.ts$/,
		],
	},
	{ room: 'src/events/', may: [/^(zod|node:crypto)$/, /^src\/(errors|durable\/(store|clock))\.ts$/] },
	{ room: 'src/agents/demo/', may: [/^node:/, /^@agentclientprotocol\//, /^zod$/, /^src\/package\.ts$/] },
	{
		room: 'src/agents/drivers/',
		may: [/^(node:|@agentclientprotocol\/|ws$|zod$)/, /^src\/(errors|package)\.ts$/],
	},
	{
		room: 'src/agents/',
		may: [
			/^(node:|xstate$|ws$|zod$|express$)/,
			/^machines\//,
			/^src\/(audit|durable|events|requests|http|stream)\//,
			/^src\/supervisors\/address\.ts$/,
			/^src\/(errors|ids)\.ts$/,
		],
	},
	{
		room: 'src/workflows/',
		may: [
			/^(node:|zod$|liquidjs$|croner$|@octokit\/core$)/,
			/^machines\//,
			/^src\/(durable|events|http)\//,
			/^src\/audit\/record\.ts$/,
			/^src\/requests\/policy\/schema\.ts$/,
			/^src\/agents\/(address|service|views)\.ts$/,
			/^src\/(errors|ids)\.ts$/,
		],
	},
	{
		room: 'src/tasks/',
		may: [
			/^(node:|zod$|xstate$|simple-git$)/,
			/^machines\//,
			/^src\/(durable|events|http)\//,
			/^src\/audit\/record\.ts$/,
			/^src\/agents\/(address|service|staleness|views|drivers\/environment)\.ts$/,
			/^src\/(errors|ids)\.ts$/,
		],
	},
	{
		room: 'src/supervisors/',
		may: [
			/^(node:|zod$)/,
			/^machines\//,
			/^src\/(durable|events|http)\//,
			/^src\/audit\/record\.ts$/,
			/^src\/agents\/(address|service|views)\.ts$/,
			/^src\/tasks\/(schemas|service|views)\.ts$/,
			/^src\/(errors|ids)\.ts$/,
		],
	},
	{ room: 'src/audit/', may: [/^zod$/, /^src\/http\//, /^src\/durable\/store\.ts$/, /^src\/ids\.ts$/] },
	{
		room: 'src/mcp/',
		may: [
			/^(node:|zod$|express$|@modelcontextprotocol\/(server|node)$)/,
			/^src\/http\//,
			/^src\/requests\/policy\//,
			/^src\/agents\/(call-backs|service|views)\.ts$/,
			/^src\/(supervisors|tasks)\/(service|views)\.ts$/,
			/^src\/(errors|package)\.ts$/,
		],
	},
	{
		room: 'src/requests/',
		may: [/^(zod|node:(fs|path))$/, /^src\/(agents|http|durable)\//, /^src\/errors\.ts$/],
	},
	{
		room: 'src/http/',
		may: [
			/^(node:|express$|helmet$|pino$|prom-client$|ws$|zod$)/,
			/^src\/(agents|audit|history|inspector|supervisors|tasks|telemetry|workflows|requests|stream|events|durable)\//,
			/^src\/(errors|config|ids|package)\.ts$/,
		],
	},
	{
		room: 'src/stream/',
		may: [
			/^(node:|ws$|zod$|express$|pino$)/,
			/^src\/(agents|requests|events|durable|http|supervisors|tasks|telemetry|workflows)\//,
			/^src\/(errors|config)\.ts$/,
		],
	},
	{
		room: 'src/dashboard/',
		may: [
			/^(react|react-dom\/client|react-markdown|remark-gfm|anser|parse-diff|microdiff)$/,
			/^@xstate\/(store|store-react)$/,
			/^@tanstack\/react-virtual$/,
			/^(vite|@vitejs\/plugin-react|node:url)$/,
		],
		mayType: [/^(zod|xstate)$/, /^(machines|src)\//],
	},
	{
		room: 'src/inspector/',
		may: [
			/^(node:|xstate|elkjs|ws$|zod$)/,
			/^machines\//,
			/^src\/(agents|workflows|durable|events|http|stream)\//,
			/^src\/(errors|config)\.ts$/,
		],
	},
	{
		room: 'src/history/',
		may: [/^(node:|xstate|microdiff$|zod$)/, /^src\/(agents|durable|events|http)\//, /^src\/(errors|package)\.ts$/],
	},
	{
		room: 'src/telemetry/',
		may: [
			/^(node:|prom-client$|@opentelemetry\/)/,
			/^machines\//,
			/^src\/(agents|durable|events)\//,
			/^src\/(errors|config|package)\.ts$/,
		],
	},
	{
		room: 'src/relay/',
		may: [
			/^ioredis$/,
			/^src\/agents\/(resources|views)\.ts$/,
			/^src\/stream\/(touches|views)\.ts$/,
			/^src\/http\/fields\.ts$/,
			/^src\/(durable|events)\//,
		],
	},
	{
		room: 'src/cli/',
		may: [
			/^(node:|better-sqlite3$|commander$|ws$|yaml$|zod$|@agentclientprotocol\/)/,
			/^src\/(http|agents|audit|durable|history|supervisors|tasks|workflows|stream|requests|events|store|relay)\//,
			/^src\/(errors|config|package|main)\.ts$/,
		],
	},
];

function findStrangers(file: SourceFile): string[] {
	const rule = rooms.find(({ room }) => file.path.startsWith(room));
	if (!rule) return [];
	const may = (target: string) =>
		target.startsWith(rule.room) ||
		rule.may.some((pattern) => pattern.test(target)) ||
		(file.typeImports.includes(target) && rule.mayType?.some((pattern) => pattern.test(target)));
	return file.imports.filter((target) => !may(target));
}

describe('the import rule', () => {
	const files = readSources('machines', 'src');

	test('every room imports only what it may', () => {
		const strangers = files.flatMap((file) => findStrangers(file).map((target) => `${file.path} imports ${target}`));
		expect(strangers).toEqual([]);
	});

	test('nobody imports the composition root but the command that serves', () => {
		const importers = files.filter(({ imports }) => imports.includes('src/main.ts')).map(({ path }) => path);
		expect(importers).toEqual(['src/cli/serve.ts']);
	});

	test('only the store imports the generated client', () => {
		const importers = files.filter(({ imports }) =>
			imports.some((target) => /\/generated(-postgresql)?\//.test(target)),
		);
		expect(importers.filter(({ path }) => !path.startsWith('src/store/'))).toEqual([]);
	});

	test('only the settings, the environment of agents, and programs of their own read the environment', () => {
		const readers = files.filter(({ text }) => /process\.env\b/.test(text)).map(({ path }) => path);
		const allowed = /^src\/(config\.ts|cli\/|agents\/demo\/|agents\/drivers\/)/;
		expect(readers.filter((path) => !allowed.test(path))).toEqual([]);
	});

	test('machines know no clock, no randomness and no I/O', () => {
		const impure = /\b(Date|Math\.random|setTimeout|setInterval|process|console|fetch|performance|crypto)\b\s*[.(]/;
		const machines = files.filter(({ path }) => path.startsWith('machines/'));
		expect(machines.filter(({ text }) => impure.test(withoutComments(text))).map(({ path }) => path)).toEqual([]);
	});
});

function withoutComments(text: string): string {
	return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
