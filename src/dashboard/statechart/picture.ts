/**
 * A machine's picture in the page: read once, shown as often as wanted. Its own rules are left out, for the
 * page has others; what is active or was taken is told by classes, and small badges are put on states.
 */

import { type ChartIndex, indexChart } from './chart-index.ts';
import type { Area, Extent } from './viewport.ts';

export interface Picture {
	readonly svg: SVGSVGElement;
	readonly size: Extent;
	readonly index: ChartIndex;
}

/** What is said on a picture, beside what it shows anyway. */
export interface Marks {
	/** Paths of the innermost active states. */
	readonly active: readonly string[];
	/** Ids of transitions, the latest step first, each with all transitions that it took. */
	readonly trail: ReadonlyArray<readonly string[]>;
	/** Short texts by the path of the state they belong to; empty path: whatever is true in any state. */
	readonly badges: ReadonlyMap<string, string>;
}

/** Throws when the text is no picture of ours. */
export function readPicture(text: string): Picture {
	// Even a document that is only read must not have rules of its own here.
	const plain = text.replaceAll(/<style>[^<]*<\/style>/g, '');
	const { documentElement } = new DOMParser().parseFromString(plain, 'image/svg+xml');
	if (!(documentElement instanceof SVGSVGElement)) throw new Error('The server answered something else than a picture');
	// Nothing of it runs or loads: the server makes it so, and the policy of the page holds.
	for (const element of documentElement.querySelectorAll('style, script, foreignObject')) element.remove();
	const { width, height } = documentElement.viewBox.baseVal;
	return { svg: documentElement, size: { width, height }, index: readIndex(documentElement) };
}

/** To be shown at one place: each place marks its own. */
export function copyPicture(picture: Picture): Picture {
	const svg = document.importNode(picture.svg, true);
	// The text beside it tells what it shows.
	svg.setAttribute('aria-hidden', 'true');
	return { ...picture, svg };
}

export function markPicture({ svg }: Picture, { active, trail, badges }: Marks): void {
	const paths = new Set(
		active.flatMap((path) => path.split('.').map((_, end, keys) => keys.slice(0, end + 1).join('.'))),
	);
	for (const state of svg.querySelectorAll('[data-state]')) {
		state.classList.toggle('active', paths.has(state.getAttribute('data-state') ?? ''));
	}
	const ages = new Map(trail.flatMap((step, age) => step.map((id) => [id, age] as const)).reverse());
	for (const connection of svg.querySelectorAll('.connection')) markAge(connection, undefined);
	for (const edge of svg.querySelectorAll('[data-edge]')) {
		const age = ages.get(edge.getAttribute('data-edge') ?? '');
		markAge(edge, age);
		const connection = edge.closest('.connection');
		const known = connection?.getAttribute('data-age');
		if (connection && age !== undefined && (known == null || age < Number(known))) markAge(connection, age);
	}
	markBadges(svg, badges);
}

/** Where the innermost active state is, or the first state of all when none is. */
export function findActive({ svg, index }: Picture): Area | null {
	const [first] = [...index.states.values()].flatMap(({ initial }) => initial ?? []);
	const active = [...svg.querySelectorAll('[data-state].active')].at(-1);
	const state = active ?? svg.querySelector(`[data-state="${CSS.escape(first ?? '')}"]`);
	const frame = state?.querySelector('.frame');
	return frame == null ? null : areaOf(frame);
}

function readIndex(svg: SVGSVGElement): ChartIndex {
	const root = svg.querySelector('.root');
	const states = [...svg.querySelectorAll('[data-state]')].map((state) => ({
		path: state.getAttribute('data-state') ?? '',
		initial: state.getAttribute('data-initial'),
	}));
	const edges = [...svg.querySelectorAll('[data-edge]')].map((edge) => ({
		id: edge.getAttribute('data-edge') ?? '',
		guard: edge.getAttribute('data-guard'),
	}));
	return indexChart([{ path: '', initial: root?.getAttribute('data-initial') ?? null }, ...states], edges);
}

/** 0 is the step taken last; undefined one that was not taken lately. */
function markAge(element: Element, age: number | undefined): void {
	element.classList.toggle('active', age === 0);
	if (age === undefined) element.removeAttribute('data-age');
	else element.setAttribute('data-age', String(age));
}

const namespace = 'http://www.w3.org/2000/svg';
const letterWidth = 6.3;

function markBadges(svg: SVGSVGElement, badges: Marks['badges']): void {
	for (const badge of svg.querySelectorAll('.badge')) badge.remove();
	for (const [path, text] of badges) {
		const owner = path === '' ? '.any, .root' : `[data-state="${CSS.escape(path)}"]`;
		const frame = svg.querySelector(owner)?.querySelector('.frame');
		if (frame) svg.append(drawBadge(areaOf(frame), text));
	}
}

/** Sits on the upper right corner. */
function drawBadge({ x, y, width }: Area, text: string): SVGElement {
	const size = text.length * letterWidth + 14;
	const left = x + width - size + 8;
	const group = draw('g', { class: 'badge' });
	const label = draw('text', { x: left + 7, y: y + 3.5, 'font-size': 10.5 });
	label.textContent = text;
	group.append(draw('rect', { x: left, y: y - 9, width: size, height: 18, rx: 9 }), label);
	return group;
}

function draw(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
	const element = document.createElementNS(namespace, name);
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
	return element as SVGElement;
}

function areaOf(frame: Element): Area {
	const read = (name: string) => Number(frame.getAttribute(name));
	return { x: read('x'), y: read('y'), width: read('width'), height: read('height') };
}
