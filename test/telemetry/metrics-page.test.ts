/** The page about metrics, and the dashboard, against the metrics that there are. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createMemoryTelemetryReads } from '../support/memory-telemetry-reads.ts';

interface MetricForm {
	readonly name: string;
	readonly type: string;
	readonly labels: readonly string[];
}

const read = (path: string) => readFileSync(new URL(`../../src/docs/${path}`, import.meta.url), 'utf8');

/** Every metric that the registry holds. */
function listRegistered(): readonly MetricForm[] {
	const { registry } = createMetrics({ reads: createMemoryTelemetryReads(createMemoryStore()) });
	return registry.getMetricsAsArray().map((metric) => {
		const {
			name,
			type,
			labelNames = [],
		} = metric as unknown as {
			readonly name: string;
			readonly type: string;
			readonly labelNames?: readonly string[];
		};
		return { name, type: String(type), labels: [...labelNames].sort() };
	});
}

/** Rows of the page's tables that name a metric. */
function listDocumented(): readonly MetricForm[] {
	const rows = read('metrics.md').matchAll(/^\| `(statecraft_\w+)` \| (\w+) \|([^|]*)\| ([^|]+) \|$/gm);
	return [...rows].map(([, name = '', type = '', labels = '']) => ({
		name,
		type,
		labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
	}));
}

const byName = (one: MetricForm, other: MetricForm) => (one.name < other.name ? -1 : 1);
const own = listRegistered().filter(({ name }) => !/^(process|nodejs)_/.test(name));

test('the page lists every metric with its type and labels, and no other', () => {
	expect([...listDocumented()].sort(byName)).toEqual([...own].sort(byName));
});

test('the page about operations names none that there is not', () => {
	const named = [...read('operations.md').matchAll(/\bstatecraft_\w+/g)].map(([name]) => name);
	expect(named.length).toBeGreaterThan(5);
	expect(named.filter((name) => !own.some((metric) => metric.name === name))).toEqual([]);
});

test('names say what is measured in the way Prometheus wants it', () => {
	for (const { name, type } of own) {
		expect(name).toMatch(/^statecraft_[a-z]+(_[a-z]+)*$/);
		expect(name.endsWith('_total'), name).toBe(type === 'counter');
		expect(name).not.toMatch(/_(ms|milliseconds|minutes|kilobytes)(_|$)/);
	}
});

interface Panel {
	readonly title: string;
	readonly type: string;
	readonly datasource?: unknown;
	readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
	readonly targets?: ReadonlyArray<{ readonly expr: string; readonly legendFormat?: string; readonly refId: string }>;
	readonly id: number;
}

const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
	readonly __inputs: ReadonlyArray<{ readonly name: string; readonly pluginId: string }>;
	readonly panels: readonly Panel[];
	readonly templating: { readonly list: ReadonlyArray<{ readonly name: string; readonly query?: unknown }> };
	readonly uid: string;
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
/** `label_values(metric, label)`: what the variables are chosen from. */
const variables = dashboard.templating.list.map(({ query }) => String((query as { readonly query: string }).query));
const expressions = panels.flatMap(({ title, targets = [] }) =>
	targets.map(({ expr, legendFormat = '' }) => ({ title, expr, legendFormat })),
);

/** What an expression asks for: each selector's metric, with the labels it is chosen by. */
function readSelectors(expr: string): ReadonlyArray<{ readonly metric: string; readonly labels: readonly string[] }> {
	const selectors = expr.matchAll(/\b((?:statecraft|process|nodejs)_\w+)(?:\{([^}]*)\})?/g);
	return [...selectors].map(([, metric = '', matchers = '']) => ({
		metric,
		labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label),
	}));
}

/** Labels by which an expression groups. */
function readGroupings(expr: string): readonly string[] {
	return [...expr.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
		list
			.split(',')
			.map((label) => label.trim())
			.filter((label) => label !== ''),
	);
}

/** The metric whose series it is: histograms have three kinds of them. */
function findMetric(series: string): MetricForm | undefined {
	const all = listRegistered();
	const exact = all.find(({ name, type }) => name === series && type !== 'histogram');
	const base = series.replace(/_(bucket|sum|count)$/, '');
	return (
		exact ??
		(base === series ? undefined : all.find(({ name, type }) => name === base && /histogram|summary/.test(type)))
	);
}

/** Set by Prometheus and not by us. */
const targetLabels = ['job', 'instance'];

test('every expression of the dashboard asks for metrics that there are, by labels that they have', () => {
	expect(expressions.length).toBeGreaterThan(20);
	for (const { title, expr, legendFormat } of expressions) {
		const selectors = readSelectors(expr);
		expect(selectors, title).not.toEqual([]);
		const known = selectors.flatMap(({ metric, labels }) => {
			const form = findMetric(metric);
			expect(form, `${title}: ${metric}`).toBeDefined();
			const own = [...(form?.labels ?? []), ...targetLabels, ...(metric.endsWith('_bucket') ? ['le'] : [])];
			expect(own, `${title}: ${metric}`).toEqual(expect.arrayContaining([...labels]));
			return own;
		});
		expect(known, `${title}: ${expr}`).toEqual(expect.arrayContaining([...readGroupings(expr)]));
		const shown = [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label]) => label);
		expect(known, `${title}: ${legendFormat}`).toEqual(expect.arrayContaining(shown));
		// A counter is shown by its rate, a histogram by its buckets.
		for (const { metric } of selectors) {
			const { type } = findMetric(metric) as MetricForm;
			const rated = new RegExp(`\\b(rate|increase|irate)\\(${metric}\\b`).test(expr);
			expect(rated, `${title}: ${expr}`).toBe(type === 'counter' || type === 'histogram');
		}
	}
});

test('its variables are chosen from a metric that there is', () => {
	expect(variables).not.toEqual([]);
	for (const query of variables) {
		const [, metric = '', label = ''] = /^label_values\((\w+)(?:\{[^}]*\})?, (\w+)\)$/.exec(query) ?? [];
		expect(findMetric(metric), query).toBeDefined();
		expect(targetLabels, query).toContain(label);
	}
});

test('the dashboard can be imported: one data source to choose, panels that do not overlap, rows of all parts', () => {
	expect(dashboard.__inputs).toMatchObject([{ name: 'DS_PROMETHEUS', pluginId: 'prometheus' }]);
	const sources = panels.map(({ datasource }) => datasource);
	const chosen = `$\{${dashboard.__inputs[0]?.name}}`;
	for (const source of sources) expect(source).toEqual({ type: 'prometheus', uid: chosen });
	expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
	const cells = new Set<string>();
	for (const { gridPos, title } of dashboard.panels) {
		expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
		for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
			for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
				expect(cells.has(`${x}/${y}`), title).toBe(false);
				cells.add(`${x}/${y}`);
			}
		}
	}
	const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
	expect(rows).toEqual([
		'Fleet',
		'Prompts and turns',
		'People',
		'Durability',
		'Workflows, tasks, missions',
		'Streams and requests',
		'Process',
	]);
});

test('every metric of ours is shown somewhere, but for those that say what runs', () => {
	const shown = new Set(
		expressions.flatMap(({ expr }) => readSelectors(expr).map(({ metric }) => findMetric(metric)?.name)),
	);
	const missing = own.map(({ name }) => name).filter((name) => !shown.has(name));
	expect(missing).toEqual([]);
});
