/**
 * Runs ELK, which finds places for boxes and ways for edges. That takes a tenth of a second to a second
 * of pure computing, so it never happens in the thread that serves.
 *
 * Each graph gets a thread of its own that ends with it: what ELK makes of a graph can then not depend on
 * what it was given before, and nothing of it stays in memory.
 */

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { ElkNode } from 'elkjs';

/** In a string, since a file would have one name in the sources and another where they are compiled to. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { default: Elk } = require(workerData.elk);
new Elk().layout(workerData.graph).then((graph) => parentPort.postMessage(graph));
`;

const elk = createRequire(import.meta.url).resolve('elkjs');

/** Answers the graph with a place for everything in it. Rejects when ELK cannot make sense of the graph. */
export function layOutGraph(graph: ElkNode): Promise<ElkNode> {
	return new Promise((resolve, reject) => {
		const worker = new Worker(program, { eval: true, workerData: { elk, graph } });
		worker.once('message', resolve);
		worker.once('error', (thrown: unknown) => reject(new Error(`ELK: ${describe(thrown)}`, { cause: thrown })));
		// After a message this has no effect any more.
		worker.once('exit', (code) => reject(new Error(`ELK ended without an answer, with code ${code}`)));
	});
}

/** What the Java that ELK was compiled from throws is not always an Error. */
function describe(thrown: unknown): string {
	if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
	return String(thrown);
}
