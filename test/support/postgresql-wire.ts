/** The wire between the store and PostgreSQL, broken at the n-th request: the client sends each in one piece. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * - `before`: the request never arrives.
 * - `after`: it is carried out, but the answer is lost.
 * - `silent`: the same, and neither end is told: the wire is dead.
 */
export type Breakage = 'before' | 'after' | 'silent';

export interface PostgresqlWire {
	readonly port: number;
	/** Breaks at the n-th request from now, once; whatever connects later is well. */
	breakAt(n: number, breakage: Breakage): void;
	/** Whether it has come to that. */
	readonly hasBroken: boolean;
	close(): Promise<void>;
}

export async function startPostgresqlWire(target: number): Promise<PostgresqlWire> {
	const sockets = new Set<Socket>();
	let plan: { readonly breakage: Breakage; left: number } | undefined;
	let broken = false;

	const server = createServer((near) => {
		const far = connect(target, '127.0.0.1');
		let dead = false;
		for (const socket of [near, far]) {
			sockets.add(socket);
			socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
		}
		const cut = () => {
			dead = true;
			near.destroy();
			far.destroy();
		};
		const strike = (breakage: Breakage, data: Buffer) => {
			broken = true;
			if (breakage === 'before') return cut();
			far.write(data);
			dead = true;
			if (breakage === 'after') far.once('data', cut);
		};
		near.on('data', (data) => {
			if (dead) return;
			if (plan !== undefined) plan.left -= 1;
			if (plan?.left === 0) {
				const { breakage } = plan;
				plan = undefined;
				strike(breakage, data);
			} else far.write(data);
		});
		far.on('data', (data) => {
			if (!dead) near.write(data);
		});
		near.once('close', () => {
			if (!dead) far.destroy();
		});
		far.once('close', () => {
			if (!dead) near.destroy();
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');

	return {
		port: (server.address() as AddressInfo).port,
		breakAt(n, breakage) {
			plan = { left: n, breakage };
			broken = false;
		},
		get hasBroken() {
			return broken;
		},
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}
