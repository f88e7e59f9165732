/** The heartbeat of an agent's socket: tells a peer that is gone without a word from one that is quiet. */
import type { WebSocket } from 'ws';

/** Pings that may stay unanswered. */
const patience = 2;

/** Pings every `intervalMs` until the socket closes; `onSilence` is called when two were not answered. */
export function watchHeartbeat(socket: WebSocket, intervalMs: number, onSilence: () => void): void {
	let unanswered = 0;
	const hear = () => {
		unanswered = 0;
	};
	socket.on('pong', hear);
	socket.on('ping', hear);
	socket.on('message', hear);
	const timer = setInterval(() => {
		// While we do not read, an answer could not reach us.
		if (socket.isPaused) return;
		if (unanswered >= patience) {
			onSilence();
			return;
		}
		unanswered += 1;
		socket.ping();
	}, intervalMs);
	socket.once('close', () => clearInterval(timer));
}
