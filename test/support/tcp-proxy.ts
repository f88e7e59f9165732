/** A wire that a test can cut: it stands between a client and a server on loopback. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
	readonly port: number;
	/** Breaks every connection at once: both ends are told. */
	cut(): void;
	/** Lets nothing through any more on the connections there are, and tells neither end. New ones work. */
	freeze(): void;
	/** From now on new connections end at once, or work again. */
	refuse(refusing: boolean): void;
	close(): Promise<void>;
}

interface Link {
	readonly ends: readonly [Socket, Socket];
	freeze(): void;
}

/** Listens on a free port and passes everything on to `target`. */
export async function startTcpProxy(target: { readonly port: number }): Promise<TcpProxy> {
	const links = new Set<Link>();
	let isRefusing = false;
	const server = createServer((near) => {
		near.on('error', () => undefined);
		if (isRefusing) {
			near.destroy();
			return;
		}
		const link = joinSockets(near, connect(target.port, '127.0.0.1'));
		links.add(link);
		near.once('close', () => links.delete(link));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');

	function cut(): void {
		for (const { ends } of links) for (const end of ends) end.destroy();
	}

	return {
		port: (server.address() as AddressInfo).port,
		cut,
		freeze() {
			for (const link of links) link.freeze();
		},
		refuse(refusing) {
			isRefusing = refusing;
		},
		async close() {
			cut();
			server.close();
			await once(server, 'close');
		},
	};
}

function joinSockets(near: Socket, far: Socket): Link {
	let frozen = false;
	for (const [from, to] of [
		[near, far],
		[far, near],
	] as const) {
		from.on('data', (data) => {
			if (!frozen) to.write(data);
		});
		// A frozen wire does not even tell that one end has hung up.
		from.on('close', () => {
			if (!frozen) to.destroy();
		});
		from.on('error', () => undefined);
	}
	return {
		ends: [near, far],
		freeze() {
			frozen = true;
		},
	};
}
