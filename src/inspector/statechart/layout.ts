/** Gives every box, connection and label of a plan its place. */

import type { ElkExtendedEdge, ElkLabel, ElkNode, LayoutOptions } from 'elkjs';
import { boxPadding, measureLines, type Size } from './boxes.ts';
import { layOutGraph } from './elk-worker.ts';
import type { Plan, PlannedBox, PlannedConnection } from './plan.ts';

export interface Point {
	readonly x: number;
	readonly y: number;
}

export interface PlacedBox extends Point, Size {
	readonly box: PlannedBox;
}

export interface PlacedConnection {
	readonly connection: PlannedConnection;
	/** From its source to its target, bends between. */
	readonly points: readonly Point[];
	/** Absent where there is nothing to say. */
	readonly label: (Point & Size) | null;
}

export interface Picture extends Size {
	readonly plan: Plan;
	/** Outer ones first. */
	readonly boxes: readonly PlacedBox[];
	readonly connections: readonly PlacedConnection[];
}

/** Between a box and what is in it, and around the picture. */
const margin = 16;
const dotSize = 12;
const labelPadding = 4;

/** Said to every box with others in it: ELK hands none of them down. */
const options: LayoutOptions = {
	'elk.algorithm': 'layered',
	'elk.direction': 'DOWN',
	'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
	'elk.edgeRouting': 'ORTHOGONAL',
	// From the initial state on, as a life goes.
	'elk.layered.cycleBreaking.strategy': 'DFS_NODE_ORDER',
	'elk.json.shapeCoords': 'ROOT',
	'elk.json.edgeCoords': 'ROOT',
	'elk.padding': `[top=${margin},left=${margin},bottom=${margin},right=${margin}]`,
	'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
	// Beside the state that they lead out of.
	'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'TAIL_LAYER',
	'elk.layered.thoroughness': '30',
	'elk.spacing.nodeNode': '20',
	'elk.spacing.edgeNode': '10',
	'elk.spacing.edgeEdge': '9',
	'elk.spacing.edgeLabel': '3',
	'elk.spacing.labelNode': '8',
	'elk.layered.spacing.nodeNodeBetweenLayers': '18',
	'elk.layered.spacing.edgeNodeBetweenLayers': '10',
	'elk.layered.spacing.edgeEdgeBetweenLayers': '9',
};

export async function layOut(plan: Plan): Promise<Picture> {
	const graph = await layOutGraph({
		id: 'picture',
		layoutOptions: options,
		children: [toNode(plan.root)],
		edges: plan.connections.map(toEdge),
	});
	return {
		plan,
		boxes: placeBoxes(plan.root, graph.children?.[0]),
		connections: plan.connections.map((connection) => placeConnection(connection, graph)),
		width: Math.ceil(graph.width ?? 0),
		height: Math.ceil(graph.height ?? 0),
	};
}

function toNode(box: PlannedBox): ElkNode {
	if (box.kind === 'initial') return { id: box.id, width: dotSize, height: dotSize };
	const text = measureLines(box.lines);
	const width = Math.ceil(text.width) + 2 * boxPadding;
	const height = text.height + 2 * boxPadding;
	if (box.children.length === 0) return { id: box.id, width, height };
	return {
		id: box.id,
		layoutOptions: {
			...options,
			'elk.padding': `[top=${height + 8},left=${margin},bottom=${margin},right=${margin}]`,
			'elk.nodeSize.constraints': 'MINIMUM_SIZE',
			'elk.nodeSize.minimum': `(${width},${height})`,
		},
		children: box.children.map(toNode),
	};
}

function toEdge({ id, from, to, lines }: PlannedConnection): ElkExtendedEdge {
	return { id, sources: [from], targets: [to], ...(lines.length > 0 && { labels: [toLabel(lines)] }) };
}

function toLabel(lines: PlannedConnection['lines']): ElkLabel {
	const { width, height } = measureLines(lines);
	return {
		text: 'label',
		width: Math.ceil(width) + 2 * labelPadding,
		height: height + labelPadding,
		layoutOptions: { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' },
	};
}

function placeBoxes(box: PlannedBox, node: ElkNode | undefined): readonly PlacedBox[] {
	if (node === undefined) throw new Error(`${box.id} was not given a place`);
	const { x = 0, y = 0, width = 0, height = 0 } = node;
	const byId = new Map(node.children?.map((child) => [child.id, child]));
	return [
		{ box, x: round(x), y: round(y), width: round(width), height: round(height) },
		...box.children.flatMap((child) => placeBoxes(child, byId.get(child.id))),
	];
}

function placeConnection(connection: PlannedConnection, graph: ElkNode): PlacedConnection {
	const edge = graph.edges?.find(({ id }) => id === connection.id);
	const [section] = edge?.sections ?? [];
	if (section === undefined) throw new Error(`${connection.id} was not given a way`);
	const [label] = edge?.labels ?? [];
	return {
		connection,
		points: [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => ({
			x: round(x),
			y: round(y),
		})),
		label: label
			? { x: round(label.x ?? 0), y: round(label.y ?? 0), width: label.width ?? 0, height: label.height ?? 0 }
			: null,
	};
}

/** To a tenth of a pixel: the last digits of a computation are nobody's, and may differ between platforms. */
function round(coordinate: number): number {
	return Math.round(coordinate * 10) / 10;
}
