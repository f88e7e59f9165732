/** What makes a picture hard to read, found by its numbers. */

import { measureLines } from '../../src/inspector/statechart/boxes.ts';
import type { Picture, PlacedBox, PlacedConnection, Point } from '../../src/inspector/statechart/layout.ts';

interface Area {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** Text on text, text on a box that it does not belong to, lines through text or through boxes; in words. */
export function findFaults({ boxes, connections, width, height }: Picture): readonly string[] {
	const leaves = boxes.filter(({ box }) => box.children.length === 0 && box.kind !== 'initial');
	const heads = boxes.filter(({ box }) => box.children.length > 0).map(headOf);
	const solid = [...leaves.map((leaf) => ({ name: leaf.box.id, area: leaf as Area })), ...heads];
	const labels = connections.flatMap(({ connection, label }) =>
		label ? [{ name: connection.id, area: { ...label, ...measureLines(connection.lines) } }] : [],
	);
	const all = [...solid, ...labels];
	const overlaps = labels.flatMap((label) =>
		all
			.filter((other) => other !== label && overlap(label.area, other.area))
			.map((other) => `the label of ${label.name} is on ${other.name}`),
	);
	const crossed = connections.flatMap((placed) => findCrossed(placed, all));
	const outside = all
		.filter(({ area }) => !contains({ x: 0, y: 0, width, height }, area))
		.map(({ name }) => `${name} is outside`);
	return [...overlaps, ...crossed, ...outside];
}

/** Where the text of a box with others inside is. */
function headOf({ box, x, y }: PlacedBox): { readonly name: string; readonly area: Area } {
	const width = Math.max(...box.lines.map((line) => line.indent + line.width));
	const height = box.lines.reduce((total, line) => total + line.height, 0);
	return { name: `the text of ${box.id}`, area: { x: x + 10, y: y + 10, width, height } };
}

function findCrossed(
	{ connection, points }: PlacedConnection,
	all: ReadonlyArray<{ name: string; area: Area }>,
): string[] {
	const own = new Set([connection.id, connection.from, connection.to]);
	return all
		.filter(({ name, area }) => !own.has(name) && crosses(points, area))
		.map(({ name }) => `${connection.id} (${connection.from} to ${connection.to}) runs through ${name}`);
}

function crosses(points: readonly Point[], area: Area): boolean {
	return points.some((to, index) => {
		const from = points[index - 1];
		if (from === undefined) return false;
		const segment = {
			x: Math.min(from.x, to.x),
			y: Math.min(from.y, to.y),
			width: Math.abs(from.x - to.x),
			height: Math.abs(from.y - to.y),
		};
		return overlap(segment, area);
	});
}

/** By more than a hair. */
function overlap(a: Area, b: Area): boolean {
	const hair = 0.6;
	return (
		a.x + a.width > b.x + hair &&
		b.x + b.width > a.x + hair &&
		a.y + a.height > b.y + hair &&
		b.y + b.height > a.y + hair
	);
}

function contains(outer: Area, inner: Area): boolean {
	return (
		inner.x >= outer.x &&
		inner.y >= outer.y &&
		inner.x + inner.width <= outer.x + outer.width &&
		inner.y + inner.height <= outer.y + outer.height
	);
}
