/** Which addresses that agents name may be links. */

const allowed: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);

/**
 * The address to go to; null for what may be no link: other schemes, and what is relative, for that would
 * lead to somewhere on this page. Names in other scripts are answered as what the browser asks for (`xn--`).
 */
export function readLinkAddress(address: string): string | null {
	try {
		const url = new URL(address);
		const hasCredentials = url.username !== '' || url.password !== '';
		return allowed.has(url.protocol) && !hasCredentials ? url.href : null;
	} catch {
		return null;
	}
}
