/** The clients' process, seen from the benchmark. */

import { forkCompiled, nextMessage } from './compiled.ts';
import type { ClientOrder, ClientReport } from './stream-clients.ts';
import type { StreamServer } from './stream-server.ts';

export interface Arrivals {
	/** When the clients began to connect. */
	readonly openedAt: number;
	/** When each event arrived, for each client. */
	readonly clients: ReadonlyArray<Float64Array>;
}

export interface Watchers {
	/** Resolves once every client has heard so many events. */
	collect(events: number): Promise<Arrivals>;
	close(): Promise<void>;
}

export interface WatcherOptions {
	readonly clients: number;
	/** The cursor they begin at. */
	readonly after: number;
	readonly stalled?: boolean;
}

/** Connects clients in a process of their own. */
export async function openWatchers(server: StreamServer, options: WatcherOptions): Promise<Watchers> {
	const child = forkCompiled('stream-clients');
	const gone = new Promise((resolve) => child.once('exit', resolve));
	const ask = (order: ClientOrder): Promise<ClientReport> => {
		const answer = nextMessage<ClientReport>(child);
		child.send(order);
		return answer;
	};
	const { url, token } = server;
	await ask({ type: 'open', url, token, stalled: false, ...options });
	return {
		async collect(events) {
			const report = await ask({ type: 'collect', events });
			if (report.type !== 'collected') throw new Error(`the clients answered ${report.type}`);
			return { openedAt: report.openedAt, clients: report.arrivals };
		},
		async close() {
			child.kill();
			await gone;
		},
	};
}
