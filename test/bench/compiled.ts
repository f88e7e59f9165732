/** Child processes of benchmarks: plain Node runs no TypeScript, so they are started compiled. */

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.ts';

/** Forks a file of this folder; typed arrays pass through its channel as they are. */
export function forkCompiled(name: string, args: readonly string[] = []): ChildProcess {
	const path = join(packageRoot, 'dist', 'test', 'bench', `${name}.js`);
	return fork(path, args, { serialization: 'advanced', execArgv: ['--enable-source-maps'] });
}

/** The child's next message; rejects if it ends instead. */
export function nextMessage<Message>(child: ChildProcess): Promise<Message> {
	return new Promise((resolve, reject) => {
		const onMessage = (message: unknown) => {
			child.off('exit', onExit);
			resolve(message as Message);
		};
		const onExit = (code: number | null) => {
			child.off('message', onMessage);
			reject(new Error(`the child process ended with ${code}`));
		};
		child.once('message', onMessage);
		child.once('exit', onExit);
	});
}
