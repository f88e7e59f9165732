/** Turns by key. */

import { expect, test } from 'vitest';
import { createSerial } from '../../src/durable/serial.ts';

function openGate() {
	let open = () => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { open, opened };
}

test('work under one key waits for the work before it, under another it does not', async () => {
	const serial = createSerial();
	const { open, opened } = openGate();
	const log: string[] = [];
	const first = serial('a', async () => {
		await opened;
		log.push('first');
	});
	const second = serial('a', async () => log.push('second'));
	await serial('b', async () => log.push('other'));
	open();
	await Promise.all([first, second]);
	expect(log).toEqual(['other', 'first', 'second']);
});

test('what fails is told to its caller, and keeps nobody else waiting', async () => {
	const serial = createSerial();
	const failing = serial('a', async () => {
		throw new Error('no');
	});
	const next = serial('a', async () => 'done');
	await expect(failing).rejects.toThrow('no');
	expect(await next).toBe('done');
	expect(await serial('a', async () => 'again')).toBe('again');
});

test('work that comes while others are still in line waits for them too', async () => {
	const serial = createSerial();
	const { open, opened } = openGate();
	const log: string[] = [];
	const first = serial('a', async () => log.push('first'));
	const second = serial('a', async () => {
		await opened;
		log.push('second');
	});
	await first;
	// All that the end of the first leads to.
	await new Promise((resolve) => setImmediate(resolve));
	const third = serial('a', async () => log.push('third'));
	await new Promise((resolve) => setImmediate(resolve));
	open();
	await Promise.all([second, third]);
	expect(log).toEqual(['first', 'second', 'third']);
});
