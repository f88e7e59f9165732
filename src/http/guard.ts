/**
 * Keeps other sites out of the operator's browser: a page may call us only from our own origin or a
 * configured one, and only under a name of ours, or a foreign name could be pointed at our address
 * (DNS rebinding) and would then be "the same origin".
 */

import { isIP } from 'node:net';
import { StatecraftError } from '../errors.ts';

export interface GuardSettings {
	/** The bound address. */
	readonly host: string;
	readonly allowedHosts: readonly string[];
	readonly allowedOrigins: readonly string[];
}

export interface Guard {
	/** Rejects with `forbidden` a Host that is not ours or an Origin that may not call us. */
	check(headers: { readonly host?: string | undefined; readonly origin?: string | undefined }): void;
	/** Whether pages of this other origin were allowed to call us, and so need CORS headers. */
	isConfiguredOrigin(origin: string): boolean;
}

const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export function createGuard({ host, allowedHosts, allowedOrigins }: GuardSettings): Guard {
	const names = new Set(['localhost', '127.0.0.1', '::1', host, ...allowedHosts].map((name) => name.toLowerCase()));
	const origins = new Set(allowedOrigins);

	/** Nobody can point a name at an address by writing the address: literals are safe where all are bound. */
	function isOurs(name: string): boolean {
		return names.has(name) || (wildcards.has(host) && isIP(name) !== 0);
	}

	return {
		check(headers) {
			const name = parseHostName(headers.host);
			if (name === undefined || !isOurs(name))
				throw new StatecraftError('forbidden', `"${headers.host ?? ''}" is no host name of this server`, {
					hint: 'Name it in STATECRAFT_ALLOWED_HOSTS',
				});
			const { origin } = headers;
			if (origin === undefined || origins.has(origin) || isSameOrigin(origin, headers.host)) return;
			throw new StatecraftError('forbidden', `Pages of "${origin}" may not call this server`, {
				hint: 'Name the origin in STATECRAFT_ALLOWED_ORIGINS',
			});
		},
		isConfiguredOrigin: (origin) => origins.has(origin),
	};
}

/** Name without port and brackets, in lower case; undefined for what is no host. */
function parseHostName(host: string | undefined): string | undefined {
	if (host === undefined || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
	return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
}

/** The scheme may differ: a proxy in front may speak TLS. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
	if (!URL.canParse(origin)) return false;
	const { protocol, host: originHost } = new URL(origin);
	return (protocol === 'http:' || protocol === 'https:') && originHost === host?.toLowerCase();
}
