/**
 * The operator's token: taken out of the address, kept for this browser, forgotten when it is refused.
 *
 * 1. It comes as `/#token=…`: the fragment never leaves the browser, and is removed at once so that it
 *    neither stays in sight nor in the history.
 * 2. The tab's own storage wins over the browser's: two tabs may look at two servers of one origin's past.
 */

const storageKey = 'statecraft.token';

/** What a token was kept in; `sessionStorage` and `localStorage`. */
export interface TokenStorage {
	getItem(key: string): string | null;
	setItem(key: string, value: string): void;
	removeItem(key: string): void;
}

/** The token in a fragment such as `#token=abc&to=/inbox`, and the fragment that is left without it. */
export function parseTokenFragment(hash: string): { readonly token: string; readonly rest: string } | null {
	const body = hash.replace(/^#/, '');
	if (!body.startsWith('token=')) return null;
	const fields = new URLSearchParams(body);
	const token = fields.get('token')?.trim() ?? '';
	if (token === '') return null;
	const route = fields.get('to');
	return { token, rest: route?.startsWith('/') ? `#${route}` : '#/' };
}

/** What somebody typed or pasted: the token itself, or the whole address that carries it. */
export function readTypedToken(text: string): string {
	const trimmed = text.trim();
	const at = trimmed.indexOf('#token=');
	return at < 0 ? trimmed : (parseTokenFragment(trimmed.slice(at))?.token ?? '');
}

export function readToken(storages: readonly TokenStorage[]): string | null {
	for (const storage of storages) {
		const token = storage.getItem(storageKey);
		if (token !== null && token !== '') return token;
	}
	return null;
}

export function keepToken(token: string, storages: readonly TokenStorage[]): void {
	for (const storage of storages) storage.setItem(storageKey, token);
}

/** Forgets a token that was refused; another one that a tab has stored meanwhile stays. */
export function forgetToken(token: string, storages: readonly TokenStorage[]): void {
	for (const storage of storages) if (storage.getItem(storageKey) === token) storage.removeItem(storageKey);
}

/** Storages of this browser; those that it does not let us use are left out. */
export function browserStorages(): readonly TokenStorage[] {
	const open = (take: () => Storage): Storage[] => {
		try {
			return [take()];
		} catch {
			return [];
		}
	};
	return [...open(() => window.sessionStorage), ...open(() => window.localStorage)];
}

/** Takes the token out of the address, if there is one, and keeps it; answers what is kept. */
export function takeToken(storages = browserStorages()): string | null {
	const found = parseTokenFragment(window.location.hash);
	if (found === null) return readToken(storages);
	window.history.replaceState(null, '', found.rest);
	keepToken(found.token, storages);
	return found.token;
}
