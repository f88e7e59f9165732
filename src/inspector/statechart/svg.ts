/**
 * A picture as SVG, ours from the first element to the last: no scripts, nothing from elsewhere, no ids
 * (several may stand on one page). What must hold without a stylesheet is an attribute; colours are in
 * `style.ts`, or the page's.
 *
 * Every state has `data-state="<path>"`, every transition `data-edge="<source>|<event>|<target>"`, the
 * target empty where the state stays as it is.
 */

import { boxPadding, type Line, measureTag, sizes, tagGap, tagPadding } from './boxes.ts';
import type { ChartState, ChartTransition } from './chart.ts';
import type { Picture, PlacedBox, PlacedConnection, Point } from './layout.ts';
import { style } from './style.ts';

const cornerRadius = 7;
const headLength = 8;
const fonts = {
	name: "ui-sans-serif,system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif",
	code: "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace",
};

export function renderSvg({ plan: { chart }, boxes, connections, width, height }: Picture): string {
	const title = `Statechart of ${chart.id}`;
	const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" class="statechart" role="img" aria-label="${escapeXml(title)}" ` +
			`data-machine="${escapeXml(chart.id)}" ${size} font-family="${fonts.code}" font-size="${sizes.code}">`,
		`<title>${escapeXml(title)}</title>`,
		`<desc>${escapeXml(describe(chart.root))}</desc>`,
		`<style>\n${style}\n</style>`,
		`<rect class="paper" width="${width}" height="${height}"/>`,
		...boxes.map(renderBox),
		...connections.map(renderConnection),
		'</svg>',
		'',
	].join('\n');
}

/** Marks states as active; whatever contains them is marked too. */
export function markActive(svg: string, paths: readonly string[]): string {
	const active = new Set(
		paths.flatMap((path) => path.split('.').map((_, end, keys) => keys.slice(0, end + 1).join('.'))),
	);
	const escaped = new Set([...active].map(escapeXml));
	return svg.replaceAll(/ class="(state [^"]*)" data-state="([^"]*)"/g, (whole, names: string, path: string) =>
		escaped.has(path) ? ` class="${names} active" data-state="${path}"` : whole,
	);
}

function describe({ children }: ChartState): string {
	const names = children.map((child) =>
		child.children.length > 0 ? `${child.name} (${describe(child)})` : child.name,
	);
	return names.join(', ');
}

function renderBox({ box, x, y, width, height }: PlacedBox): string {
	const { kind, state, lines } = box;
	const attributes = { x, y, width, height };
	if (kind === 'initial') return `<circle class="dot" cx="${x + width / 2}" cy="${y + height / 2}" r="${width / 2}"/>`;
	const frame = `<rect class="frame" ${renderAttributes(attributes)} rx="${kind === 'any' ? 14 : 8}"/>`;
	const text = renderLines(lines, x + boxPadding, y + boxPadding, state.path);
	if (kind === 'any') return `<g class="any">${frame}${text}</g>`;
	const initial = state.initial === null ? '' : ` data-initial="${escapeXml(state.initial)}"`;
	if (state.path === '') return `<g class="root ${state.kind}"${initial}>${frame}${text}</g>`;
	const inner = state.kind === 'final' ? renderInnerFrame(attributes) : '';
	const classes = ['state', state.kind, ...(kind === 'region' ? ['region'] : [])].join(' ');
	const tooltip = renderTooltip(state.path, state.description);
	return `<g class="${classes}" data-state="${escapeXml(state.path)}"${initial}>${tooltip}${frame}${inner}${text}</g>`;
}

/** A final state has a double border. */
function renderInnerFrame({ x, y, width, height }: Record<'x' | 'y' | 'width' | 'height', number>): string {
	const inner = { x: x + 3, y: y + 3, width: width - 6, height: height - 6 };
	return `<rect class="frame" ${renderAttributes(inner)} rx="6"/>`;
}

function renderConnection({ connection, points, label }: PlacedConnection): string {
	const way = `<path class="way" d="${renderWay(points)}"/><path class="head" d="${renderHead(points)}"/>`;
	const { source, target, lines } = connection;
	if (label === null || source === null) return `<g class="connection initial">${way}</g>`;
	const { x, y, width, height } = label;
	const paper = `<rect class="paper" ${renderAttributes({ x, y, width, height })} rx="3"/>`;
	const text = renderLines(lines, x + 4, y + 1, source, target);
	return `<g class="connection">${way}${paper}${text}</g>`;
}

function renderLines(lines: readonly Line[], x: number, top: number, source: string, target?: string): string {
	const parts: string[] = [];
	let y = top;
	for (const [index, line] of lines.entries()) {
		parts.push(renderLine(line, x + line.indent, y));
		y += line.height;
		const { transition } = line;
		// One element for each transition, however many lines it takes.
		if (transition === undefined || lines[index + 1]?.transition === transition) continue;
		const length = lines.filter((other) => other.transition === transition).length;
		parts.push(renderEdge(transition, parts.splice(-length).join(''), source, target));
	}
	return parts.join('');
}

function renderEdge(transition: ChartTransition, text: string, source: string, target?: string): string {
	const { event, label, guard, delay, actions, description, targets } = transition;
	const name = [source, event, target ?? targets[0] ?? ''].join('|');
	const condition = guard === null ? label : `${label} [${guard}]`;
	const tooltip = renderTooltip(actions.length > 0 ? `${condition} / ${actions.join(', ')}` : condition, description);
	const data = [
		`data-edge="${escapeXml(name)}"`,
		...(guard === null ? [] : [`data-guard="${escapeXml(guard)}"`]),
		...(delay === null ? [] : [`data-delay="${escapeXml(delay)}"`]),
	];
	return `<g class="edge" ${data.join(' ')}>${tooltip}${text}</g>`;
}

function renderLine({ role, spans, height }: Line, x: number, y: number): string {
	if (role === 'tags')
		return renderTags(
			spans.map(({ text }) => text),
			x,
			y,
		);
	const baseline = round(y + height - 5);
	if (role === 'name') {
		const font = `font-family="${fonts.name}" font-size="${sizes.name}" font-weight="600"`;
		return `<text class="name" x="${round(x)}" y="${baseline}" ${font}>${escapeXml(spans[0]?.text ?? '')}</text>`;
	}
	const text = spans.map((span) => `<tspan class="${span.role}">${escapeXml(span.text)}</tspan>`).join(' ');
	return `<text x="${round(x)}" y="${baseline}">${text}</text>`;
}

function renderTags(tags: readonly string[], left: number, y: number): string {
	let x = left;
	return tags
		.map((tag) => {
			const width = measureTag(tag);
			const frame = `<rect ${renderAttributes({ x, y: y + 1, width, height: 15 })} rx="7.5"/>`;
			const text = `<text x="${round(x + tagPadding)}" y="${round(y + 12)}" font-size="${sizes.tag}">${escapeXml(tag)}</text>`;
			x += width + tagGap;
			return `<g class="tag">${frame}${text}</g>`;
		})
		.join('');
}

/** A line with round corners, which ends where its head begins. */
function renderWay(points: readonly Point[]): string {
	const [first] = points;
	if (first === undefined) return '';
	const parts = [`M${first.x} ${first.y}`];
	for (const [index, point] of points.entries()) {
		const [before, after] = [points[index - 1], points[index + 1]];
		if (before === undefined) continue;
		if (after === undefined) {
			const end = approach(point, before, headLength - 1);
			parts.push(`L${end.x} ${end.y}`);
			continue;
		}
		const radius = Math.min(cornerRadius, distance(before, point) / 2, distance(point, after) / 2);
		const [from, to] = [approach(point, before, radius), approach(point, after, radius)];
		parts.push(`L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`);
	}
	return parts.join('');
}

function renderHead(points: readonly Point[]): string {
	const [before, tip] = points.slice(-2);
	if (before === undefined || tip === undefined) return '';
	const base = approach(tip, before, headLength);
	const [across, along] = [((tip.y - base.y) / headLength) * 4, ((tip.x - base.x) / headLength) * 4];
	const left = { x: round(base.x + across), y: round(base.y - along) };
	const right = { x: round(base.x - across), y: round(base.y + along) };
	return `M${tip.x} ${tip.y}L${left.x} ${left.y}L${right.x} ${right.y}Z`;
}

/** The point that is so far away from `point` in the direction of the other. */
function approach(point: Point, other: Point, far: number): Point {
	const whole = distance(point, other) || 1;
	return {
		x: round(point.x + ((other.x - point.x) / whole) * far),
		y: round(point.y + ((other.y - point.y) / whole) * far),
	};
}

function distance(a: Point, b: Point): number {
	return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2);
}

function renderTooltip(text: string, description: string | null): string {
	return `<title>${escapeXml(description === null ? text : `${text}: ${description}`)}</title>`;
}

function renderAttributes(numbers: Readonly<Record<string, number>>): string {
	return Object.entries(numbers)
		.map(([name, value]) => `${name}="${round(value)}"`)
		.join(' ');
}

function round(value: number): number {
	return Math.round(value * 10) / 10;
}

const entities: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** As text or attribute of XML, which has no place for control characters and half letters, escaped or not. */
function escapeXml(text: string): string {
	return text
		.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
		.replaceAll(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd');
}
