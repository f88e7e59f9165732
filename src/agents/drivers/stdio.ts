/**
 * The stdio transport: lines on stdin and stdout of a child process, its stderr kept as a tail.
 *
 * 1. `closed` resolves once: after the process has exited and what it wrote has been read, or could no
 *    longer be (a descendant that left the group may hold the pipe open).
 * 2. When the leader exits, the rest of its process group is killed: no agent outlives its transport.
 * 3. A process that closes its stdin or stdout and stays is ended, for nothing can be said to it or heard from
 *    it any more.
 * 4. The agent is held back when its frames are not read, and `send` waits when it does not read ours.
 */
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { StatecraftError } from '../../errors.ts';
import type { Transport, TransportClosure } from './driver.ts';
import { readLines } from './frames.ts';
import { sendSignal } from './process-table.ts';

export type StdioChild = ChildProcessByStdio<Writable, Readable, Readable>;

export interface StdioOptions {
	/** Told each line of stderr, shortened to 8 KiB. */
	readonly onStderr?: (line: string) => void;
}

/** The transport and the one who ends the process behind it. */
export interface StdioLink {
	readonly transport: Transport;
	/** From now on the end of the process is expected. */
	expectEnd(): void;
	/** Signals the process group; does nothing once the leader has exited, for its pid may be another's by then. */
	signal(signal: NodeJS.Signals): void;
}

const stderrTailBytes = 4096;
const stderrLineBytes = 8192;
/** How long after the exit output is still awaited. */
const drainMs = 1000;
/** How long after the end of a pipe the exit is awaited. */
const exitMs = 2000;

/** Wraps a child process that was spawned as the leader of its own group, with all three pipes. */
export function createStdioLink(child: StdioChild, pid: number, options: StdioOptions = {}): StdioLink {
	let expected = false;
	let silenced = false;
	const stderr = followStderr(child.stderr, options.onStderr);
	const stdout = createFrames(child.stdout);
	function signal(name: NodeJS.Signals): void {
		if (child.exitCode === null && child.signalCode === null) sendSignal(-pid, name);
	}

	function awaitExit(): void {
		const timer = setTimeout(() => {
			silenced = true;
			signal('SIGKILL');
		}, exitMs);
		closed.then(() => clearTimeout(timer));
	}
	child.stdout.once('end', awaitExit);
	// It takes no more input: `send` rejects, and the exit tells the rest.
	child.stdin.once('error', awaitExit).on('error', () => {});

	const closed = new Promise<TransportClosure>((resolve) => {
		child.once('exit', async (exitCode, signalName) => {
			const wasExpected = expected;
			sendSignal(-pid, 'SIGKILL');
			await within(drainMs, Promise.all([stdout.ended, stderr.ended]));
			child.stdout.destroy();
			child.stderr.destroy();
			const reason = silenced ? 'closed its pipes and stayed' : describeExit(exitCode, signalName);
			resolve({ expected: wasExpected, reason, exitCode, signal: signalName, stderrTail: stderr.tail() });
		});
	});

	return {
		transport: {
			kind: 'stdio',
			frames: stdout.frames,
			send: (frame) => write(child.stdin, `${frame}\n`),
			close() {
				expected = true;
				child.stdin.end();
			},
			closed,
		},
		expectEnd() {
			expected = true;
		},
		signal,
	};
}

function describeExit(exitCode: number | null, signal: string | null): string {
	return signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
}

/** Frames for one reader. `ended` resolves when it has them all; at once as long as nobody reads. */
function createFrames(stdout: Readable): { readonly frames: AsyncIterable<string>; readonly ended: Promise<void> } {
	let reading: Promise<void> = Promise.resolve();
	async function* read(): AsyncGenerator<string> {
		let finish = () => {};
		reading = new Promise((resolve) => {
			finish = resolve;
		});
		try {
			yield* readLines(stdout);
		} catch {
			// The pipe was destroyed, by us or by the process's end: there is nothing more to read.
		} finally {
			finish();
		}
	}
	return {
		frames: { [Symbol.asyncIterator]: read },
		get ended() {
			return reading;
		},
	};
}

function followStderr(stream: Readable, onLine: (line: string) => void = () => {}) {
	let kept = Buffer.alloc(0);
	async function* record(): AsyncGenerator<Buffer> {
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			kept = Buffer.concat([kept, chunk]).subarray(-stderrTailBytes);
			yield chunk;
		}
	}
	async function follow(): Promise<void> {
		try {
			for await (const line of readLines(record(), stderrLineBytes)) onLine(line);
		} catch {
			// Destroyed after the exit; the tail has what came before.
		}
	}
	return { ended: follow(), tail: () => kept.toString('utf8') };
}

function write(stdin: Writable, text: string): Promise<void> {
	return new Promise((resolve, reject) => {
		stdin.write(text, (error) => {
			if (!error) return resolve();
			reject(new StatecraftError('connection_lost', "The agent's process takes no more input", {}, { cause: error }));
		});
	});
}

/** Resolves when the promise does, or after the time if that is sooner. */
async function within(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const timeout = new Promise((resolve) => {
		timer = setTimeout(resolve, timeoutMs);
	});
	await Promise.race([promise, timeout]);
	clearTimeout(timer);
}
