import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { StatecraftError } from '../../src/errors.ts';
import { verifySignature } from '../../src/workflows/webhook-signature.ts';

/** The values GitHub documents for testing an implementation. */
const secret = "It's a Secret to Everybody";
const body = Buffer.from('Hello, World!');
const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

interface Attempt {
	readonly source?: 'github' | 'any';
	readonly secret?: string;
	readonly rawBody?: Buffer;
	readonly headers?: Readonly<Record<string, string>>;
}

function verify({ headers = { 'X-Hub-Signature-256': signature }, ...attempt }: Attempt): void {
	const lowered = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
	const header = (name: string) => lowered.get(name.toLowerCase());
	verifySignature({ secret, rawBody: body, source: 'github', ...attempt, header });
}

function refusalOf(attempt: Attempt): string {
	try {
		verify(attempt);
	} catch (thrown) {
		if (!(thrown instanceof StatecraftError)) throw thrown;
		expect(thrown.code).toBe('signature_invalid');
		return JSON.stringify([thrown.message, thrown.extras, thrown.cause]);
	}
	throw new Error('It was accepted');
}

function sign(text: Buffer, key = secret): string {
	return `sha256=${createHmac('sha256', key).update(text).digest('hex')}`;
}

describe('a signed delivery', () => {
	test('[WF18] is accepted with the signature that GitHub documents, in digits of either case', () => {
		expect(() => verify({})).not.toThrow();
		const upper = `sha256=${signature.slice('sha256='.length).toUpperCase()}`;
		expect(() => verify({ headers: { 'X-Hub-Signature-256': upper } })).not.toThrow();
	});

	test('of any sender may be signed in either header, and our own counts', () => {
		expect(() => verify({ source: 'any' })).not.toThrow();
		expect(() => verify({ source: 'any', headers: { 'X-Statecraft-Signature': signature } })).not.toThrow();
		const wrong = sign(Buffer.from('something else'));
		const both = { 'X-Statecraft-Signature': wrong, 'X-Hub-Signature-256': signature };
		expect(refusalOf({ source: 'any', headers: both })).toContain('X-Statecraft-Signature');
	});

	test('of GitHub is signed in its own header only', () => {
		expect(refusalOf({ headers: { 'X-Statecraft-Signature': signature } })).toContain(
			'missing: send it in X-Hub-Signature-256',
		);
	});

	test('is checked over the bytes, whatever they are', () => {
		for (const rawBody of [
			Buffer.from('{"title":"Grüße 🚀 \u202e"}'),
			Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]),
			Buffer.alloc(0),
		])
			expect(() => verify({ rawBody, headers: { 'X-Hub-Signature-256': sign(rawBody) } })).not.toThrow();
		const composed = Buffer.from('é'.normalize('NFC'));
		const decomposed = Buffer.from('é'.normalize('NFD'));
		refusalOf({ rawBody: decomposed, headers: { 'X-Hub-Signature-256': sign(composed) } });
	});

	test('with a secret that is not ASCII is accepted', () => {
		const key = 'Schlüssel 🔑';
		expect(() => verify({ secret: key, headers: { 'X-Hub-Signature-256': sign(body, key) } })).not.toThrow();
	});
});

describe('a delivery is refused', () => {
	test('[WF18] when one byte of its body was changed, wherever it is', () => {
		for (let index = 0; index < body.length; index++) {
			const rawBody = Buffer.from(body);
			rawBody[index] = (rawBody[index] ?? 0) ^ 1;
			refusalOf({ rawBody });
		}
		refusalOf({ rawBody: Buffer.concat([body, Buffer.from('\n')]) });
		refusalOf({ rawBody: body.subarray(0, -1) });
	});

	test('when one digit of its signature was changed, wherever it is', () => {
		for (let index = 'sha256='.length; index < signature.length; index++) {
			const digit = signature[index] === '0' ? '1' : '0';
			const wrong = signature.slice(0, index) + digit + signature.slice(index + 1);
			expect(refusalOf({ headers: { 'X-Hub-Signature-256': wrong } })).toContain('does not fit the body');
		}
	});

	test('when it was signed with another secret', () => {
		expect(refusalOf({ secret: `${secret}!` })).toContain('does not fit the body');
	});

	test('when it is not signed, or with SHA-1 alone, or emptily', () => {
		expect(refusalOf({ headers: {} })).toContain('missing: send it in X-Hub-Signature-256');
		expect(refusalOf({ source: 'any', headers: {} })).toContain('in X-Statecraft-Signature or X-Hub-Signature-256');
		expect(refusalOf({ headers: { 'X-Hub-Signature': 'sha1=0123' } })).toContain('missing');
		expect(refusalOf({ headers: { 'X-Hub-Signature-256': '' } })).toContain('not of the form');
	});

	test.each([
		['without its prefix', signature.slice('sha256='.length)],
		['short', signature.slice(0, -2)],
		['by half a byte', signature.slice(0, -1)],
		['long', `${signature}00`],
		['not hexadecimal', `${signature.slice(0, -1)}g`],
		['of another algorithm', signature.replace('sha256', 'sha512')],
		['sent twice', `${signature}, ${signature}`],
		['with a line break', `${signature}\n`],
		['in letters that look alike', signature.replace('e', 'е')],
	])('when its signature is malformed: %s', (_how, wrong) => {
		expect(refusalOf({ headers: { 'X-Hub-Signature-256': wrong } })).toContain('not of the form');
	});

	test('[WF18] without a word of the secret or of what the signature should have been', () => {
		const rawBody = Buffer.from('Hello, Mars!');
		const told = refusalOf({ rawBody }) + refusalOf({ rawBody, headers: {} });
		expect(told).not.toContain('Everybody');
		expect(told).not.toContain(sign(rawBody).slice(7));
		expect(told).not.toContain(signature.slice(7));
	});
});
