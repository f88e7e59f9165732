/**
 * The web page's files, as Vite has built them. They hold nothing of the operator's and need no token;
 * what they show comes through the API and the stream.
 *
 * 1. A page loads nothing but our own files. `/inspect` alone may frame one other site: the inspector's.
 */

import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import { StatecraftError } from '../errors.ts';

export interface PageDeps {
	/** Origin of the Stately inspector, which `/inspect` shows in a frame. */
	readonly inspectorOrigin: string;
	/** Folder of the built page; by default where the build puts it. */
	readonly folder?: string;
}

const builtFolder = fileURLToPath(new URL('../../dashboard', import.meta.url));

export function servePage({ inspectorOrigin, folder = builtFolder }: PageDeps): Router {
	const router = Router();
	router.get('/', limitContent(), sendFile(folder, 'index.html'));
	router.get('/inspect', limitContent(inspectorOrigin), sendFile(folder, 'inspect.html'));
	// Their names hold a hash of their content.
	router.use('/assets', express.static(`${folder}/assets`, { immutable: true, maxAge: '1y', index: false }));
	return router;
}

function limitContent(...frames: readonly string[]): RequestHandler {
	return helmet({
		contentSecurityPolicy: {
			useDefaults: false,
			directives: {
				defaultSrc: ["'none'"],
				scriptSrc: ["'self'"],
				styleSrc: ["'self'"],
				imgSrc: ["'self'", 'data:'],
				fontSrc: ["'self'"],
				connectSrc: ["'self'"],
				frameSrc: frames.length > 0 ? [...frames] : ["'none'"],
				baseUri: ["'none'"],
				formAction: ["'none'"],
				frameAncestors: ["'none'"],
			},
		},
		referrerPolicy: { policy: 'no-referrer' },
		// A window of the inspector tells its opener when it is ready.
		...(frames.length > 0 && { crossOriginOpenerPolicy: { policy: 'same-origin-allow-popups' } }),
	});
}

function sendFile(root: string, name: string): RequestHandler {
	return (_request, response, next) => {
		response.sendFile(name, { root, cacheControl: false }, (error) => {
			if (error === undefined) return;
			if (response.headersSent) next(error);
			else next(new StatecraftError('not_found', 'The page is not built yet', { hint: 'npm run build' }));
		});
	};
}
