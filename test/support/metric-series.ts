/** Reads Prometheus' text format: each series with its value. */

export interface MetricSeries {
	/** Of the series with this name and at least these labels, summed up; undefined where there is none. */
	value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
	/** Of our own series, with their labels. */
	readonly names: readonly string[];
	/** Every value that a label of ours has anywhere. */
	labelValues(): readonly string[];
}

export function parseMetrics(text: string): MetricSeries {
	const series = text
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'))
		.map((line) => {
			const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
			const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, set]) => [label, set] as const);
			return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
		});
	return {
		value(name, labels = {}) {
			const found = series.filter(
				(one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
			);
			return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
		},
		names: series.filter(isOwn).map(({ name, labels }) => `${name}${JSON.stringify(labels)}`),
		labelValues: () => series.filter(isOwn).flatMap(({ labels }) => Object.values(labels)),
	};
}

function isOwn({ name }: { readonly name: string }): boolean {
	return name.startsWith('statecraft_');
}
