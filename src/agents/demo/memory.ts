/**
 * What the demo agent remembers: each session is a file, so that another process can take it up again.
 *
 * 1. A turn is written before it is played: a crash in its middle does not lose it.
 * 2. A file is replaced as a whole, so that a crash while writing leaves the one before.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const sessionSchema = z.object({
	sessionId: z.string(),
	turns: z.array(z.object({ prompt: z.string(), reply: z.string() })),
});

export type RememberedSession = z.infer<typeof sessionSchema>;

export interface Memory {
	create(): Promise<RememberedSession>;
	/** Null when there is no such session. */
	recall(sessionId: string): Promise<RememberedSession | null>;
	keep(session: RememberedSession): Promise<void>;
}

/** Ids become file names: only such as we made ourselves are looked up. */
const idPattern = /^demo_[0-9a-f-]{36}$/;

/** @param directory made when the first session is kept */
export function createMemory(directory: string): Memory {
	const fileOf = (sessionId: string) => join(directory, `${sessionId}.json`);

	async function keep(session: RememberedSession): Promise<void> {
		await mkdir(directory, { recursive: true, mode: 0o700 });
		const draft = `${fileOf(session.sessionId)}.${randomUUID()}`;
		await writeFile(draft, JSON.stringify(session), { mode: 0o600 });
		await rename(draft, fileOf(session.sessionId));
	}

	return {
		async create() {
			const session = { sessionId: `demo_${randomUUID()}`, turns: [] };
			await keep(session);
			return session;
		},
		async recall(sessionId) {
			if (!idPattern.test(sessionId)) return null;
			try {
				return sessionSchema.parse(JSON.parse(await readFile(fileOf(sessionId), 'utf8')));
			} catch {
				// Missing or unreadable: for the client it is the same, this session cannot be restored.
				return null;
			}
		},
		keep,
	};
}
