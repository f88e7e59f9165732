/** Turns by key. */

import { expect, test } from 'vitest';
import { createSerial } from '../../src/workflows/serial.ts';

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

test('work that comes when the work before it is just done still waits for what is in between', async () => {
	const serial = createSerial();
	const log: string[] = [];
	const late = serial('a', async () => log.push('first')).then(() => serial('a', async () => log.push('third')));
	const second = serial('a', async () => {
		await new Promise((resolve) => setImmediate(resolve));
		log.push('second');
	});
	await Promise.all([late, second]);
	expect(log).toEqual(['first', 'second', 'third']);
});
