/** The admin token: made on first start and kept in the data directory, for its owner's eyes only. */

import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ownerOnly = 0o600;

/** Answers the configured token, else the one in `<dataDir>/token`, which is made if there is none. */
export async function loadAdminToken(dataDir: string, configured: string | undefined): Promise<string> {
	if (configured !== undefined) return configured;
	const path = join(dataDir, 'token');
	return (await readToken(path)) ?? (await makeToken(dataDir, path));
}

async function readToken(path: string): Promise<string | undefined> {
	const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return '';
		throw error;
	});
	const token = text.trim();
	if (token === '') return undefined;
	const { mode } = await stat(path);
	if ((mode & 0o777) !== ownerOnly) await chmod(path, ownerOnly);
	return token;
}

/** Written aside and then linked, so that nobody ever reads half a token and a second starter gets the first one's. */
async function makeToken(dataDir: string, path: string): Promise<string> {
	await mkdir(dataDir, { recursive: true });
	const token = randomBytes(32).toString('base64url');
	const draft = `${path}.${randomUUID()}`;
	const file = await open(draft, 'wx', ownerOnly);
	try {
		await file.writeFile(`${token}\n`);
		await file.sync();
		await link(draft, path);
		return token;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		const theirs = await readToken(path);
		if (theirs !== undefined) return theirs;
		throw new Error(`${path} is empty: remove it, and a new token is made`, { cause: error });
	} finally {
		await file.close();
		await rm(draft, { force: true });
	}
}
