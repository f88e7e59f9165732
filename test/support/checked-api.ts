/** Calls a server, and holds every answer against the schema of the route that gave it. */

import { routes } from '../../src/http/routes.ts';

export interface CheckedAnswer {
	readonly status: number;
	readonly headers: Headers;
	// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
	readonly body: any;
}

export type CheckedApi = (
	method: string,
	path: string,
	body?: unknown,
	headers?: Readonly<Record<string, string>>,
) => Promise<CheckedAnswer>;

/** Throws when an answer is not documented, or not as documented. */
export function createCheckedApi(url: string, token: string): CheckedApi {
	return async (method, path, body, headers = {}) => {
		const response = await fetch(url + path, {
			method,
			headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await response.text();
		const answer = text === '' ? undefined : JSON.parse(text);
		if (response.status < 400) checkAnswer(method, new URL(url + path).pathname, response.status, answer);
		return { status: response.status, headers: response.headers, body: answer };
	};
}

function checkAnswer(method: string, pathname: string, status: number, body: unknown): void {
	const route = routes.find(
		({ spec }) =>
			spec.method === method.toLowerCase() && new RegExp(`^${spec.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
	);
	const described = route?.spec.responses[status];
	if (described === undefined) throw new Error(`${method} ${pathname} answers ${status}: not documented`);
	const parsed = described.schema?.safeParse(body);
	if (parsed !== undefined && !parsed.success)
		throw new Error(`${method} ${pathname}: ${JSON.stringify(parsed.error.issues)} in ${JSON.stringify(body)}`);
}
