import { describe, expect, test } from 'vitest';
import { ApiError, createApi, renderQuery } from '../../../src/dashboard/connection/api.ts';

interface Call {
	readonly url: string;
	readonly init: RequestInit;
}

function createWorld(answer: () => Response | Promise<Response>) {
	const calls: Call[] = [];
	let unauthorized = 0;
	const api = createApi({
		token: 'secret',
		fetch: async (url, init) => {
			calls.push({ url: String(url), init: init ?? {} });
			return answer();
		},
		onUnauthorized: () => {
			unauthorized += 1;
		},
	});
	const headers = (at = 0) => new Headers(calls[at]?.init.headers);
	return { api, calls, headers, countUnauthorized: () => unauthorized };
}

const answerJson = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status });

async function fail(promise: Promise<unknown>): Promise<ApiError> {
	const error = await promise.then(
		() => null,
		(thrown: unknown) => thrown,
	);
	expect(error).toBeInstanceOf(ApiError);
	return error as ApiError;
}

describe('calls', () => {
	test('carry the token and ask for JSON', async () => {
		const { api, calls, headers } = createWorld(answerJson(200, { items: [] }));
		expect(await api.get('/agents', { query: { limit: 5, label: ['a=1', 'b=2'], state: undefined } })).toEqual({
			items: [],
		});
		expect(calls[0]?.url).toBe('/agents?limit=5&label=a%3D1&label=b%3D2');
		expect(headers().get('authorization')).toBe('Bearer secret');
		expect(headers().get('idempotency-key')).toBeNull();
	});

	test('posts carry a key: the one that is given, or one of their own', async () => {
		const { api, headers } = createWorld(answerJson(201, {}));
		await api.post('/agents', { name: 'ada' }, { key: 'mine' });
		await api.post('/agents');
		await api.post('/agents');
		expect(headers(0).get('idempotency-key')).toBe('mine');
		const [first, second] = [headers(1).get('idempotency-key'), headers(2).get('idempotency-key')];
		expect(first).toMatch(/^page-[0-9a-f]{32}$/);
		expect(first).not.toBe(second);
	});

	test('a change may be meant for one version', async () => {
		const { api, headers } = createWorld(answerJson(200, {}));
		await api.patch('/agents/a', {}, { ifVersion: 7 });
		expect(headers().get('if-match')).toBe('"7"');
	});

	test('an answer without a body is none', async () => {
		const { api } = createWorld(() => new Response(null, { status: 204 }));
		expect(await api.delete('/agents/a')).toBeUndefined();
	});
});

describe('errors', () => {
	test('are told in the words of the server', async () => {
		const problem = {
			code: 'agent_name_taken',
			title: 'Another agent has this name',
			detail: 'There is an agent "ada"',
			hint: 'Choose another',
			status: 409,
		};
		const error = await fail(createWorld(answerJson(409, problem)).api.post('/agents', {}));
		expect(error.problem).toEqual(problem);
		expect([error.code, error.message]).toEqual(['agent_name_taken', 'There is an agent "ada"']);
	});

	test('a refused token is told to whoever holds it', async () => {
		const problem = { code: 'unauthorized', title: 'A valid token is needed', detail: 'No', status: 401 };
		const { api, countUnauthorized } = createWorld(answerJson(401, problem));
		await fail(api.get('/agents'));
		expect(countUnauthorized()).toBe(1);
	});

	test('what is no answer of ours is told as it is', async () => {
		const { api } = createWorld(() => new Response('<html>Bad gateway</html>', { status: 502, statusText: 'Bad' }));
		const { problem } = await fail(api.get('/agents'));
		expect(problem).toMatchObject({ status: 502, title: 'The server answered 502 Bad' });
		expect(problem.detail).toContain('Bad gateway');
	});

	test('no answer says what to do', async () => {
		const { api } = createWorld(() => Promise.reject(new TypeError('fetch failed')));
		const { problem } = await fail(api.get('/agents'));
		expect(problem).toMatchObject({ code: 'server_unreachable', hint: expect.stringContaining('npm start') });
	});

	test('an aborted call is no failure of the server', async () => {
		const controller = new AbortController();
		const { api } = createWorld(() => {
			controller.abort();
			return Promise.reject(controller.signal.reason);
		});
		await expect(api.get('/agents', { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
	});
});

test('a query without values is none', () => {
	expect([renderQuery(), renderQuery({ a: undefined }), renderQuery({ a: false, b: 0 })]).toEqual([
		'',
		'',
		'?a=false&b=0',
	]);
});
