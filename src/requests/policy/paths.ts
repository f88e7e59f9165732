/**
 * Paths that tools work on, and patterns of paths.
 *
 * 1. A path is allowed only if it is allowed in every way it may be read: with `..` taken out before
 *    links are followed, as most programs do, and after it, as the system does.
 * 2. It is forbidden if it is in any of them, or as it was written, in letters of any case.
 * 3. What cannot be read for certain (`~`, variables, lists of paths, links in a circle) is not allowed.
 */

import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, resolve } from 'node:path';

/** Where an agent works. */
export interface Workplace {
	readonly cwd: string;
	/** The path with links followed, absolute; null where that cannot be told. */
	follow(path: string): string | null;
}

/** Follows the links of this host, also the last one, wherever it leads. */
export function onThisHost(cwd: string): Workplace {
	return { cwd, follow: followLinks };
}

/** Of an agent on another host nothing is known of links: no path is certain. */
export function onAnotherHost(cwd: string): Workplace {
	return { cwd, follow: () => null };
}

const mostLinks = 40;

/** Segment by segment, as the system does: `..` leaves the directory that a link has led to. */
function followLinks(path: string): string | null {
	const { root } = parse(path);
	const pending = path.slice(root.length).split('/');
	let reached = root;
	let links = 0;
	for (let segment = pending.shift(); segment !== undefined; segment = pending.shift()) {
		if (segment === '' || segment === '.') continue;
		if (segment === '..') {
			reached = dirname(reached);
			continue;
		}
		const next = join(reached, segment);
		const target = readLink(next);
		if (target === undefined || (target !== null && ++links > mostLinks)) return null;
		if (target === null) reached = next;
		else {
			pending.unshift(...target.split('/'));
			if (isAbsolute(target)) reached = root;
		}
	}
	return reached;
}

/** Where the link leads; null for what is no link, or is not there; undefined where that cannot be told. */
function readLink(path: string): string | null | undefined {
	try {
		return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : null;
		return code === 'ENOENT' ? null : undefined;
	}
}

const doubtful = /^~|^[a-z]+:|[$`\\,*\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/iu;

/** Whether the pattern allows every way to read the path. */
export function allowsPath(pattern: string, path: string, place: Workplace): boolean {
	if (path === '' || doubtful.test(path)) return false;
	const home = place.follow(place.cwd);
	if (home === null) return false;
	const allowed = toRegExp(resolve(home, pattern), '');
	return readings(path, place).every((reading) => reading !== null && allowed.test(reading.normalize('NFC')));
}

/** Whether the pattern forbids any way to read the path; `unclear` where it might. */
export function forbidsPath(pattern: string, path: string, place: Workplace): 'yes' | 'no' | 'unclear' {
	const forms = [resolve(place.cwd, path), ...readings(path, place)];
	const bases = [place.cwd, place.follow(place.cwd)].filter((base) => base !== null);
	const patterns = bases.flatMap((base) => [resolve(base, pattern), followPattern(resolve(base, pattern), place)]);
	const forbidden = patterns.map((text) => toRegExp(text, 'i'));
	const isForbidden = forms.some((form) => form !== null && forbidden.some((one) => one.test(form.normalize('NFC'))));
	if (isForbidden) return 'yes';
	return path === '' || doubtful.test(path) || forms.includes(null) ? 'unclear' : 'no';
}

function readings(path: string, place: Workplace): readonly (string | null)[] {
	const whole = isAbsolute(path) ? path : `${place.cwd}/${path}`;
	return [place.follow(resolve(whole)), place.follow(whole)];
}

/** The part before the first `*`, with its links followed. */
function followPattern(pattern: string, place: Workplace): string {
	const segments = pattern.split('/');
	const open = segments.findIndex((segment) => /[*?]/.test(segment));
	if (open < 0) return place.follow(pattern) ?? pattern;
	const base = place.follow(segments.slice(0, open).join('/') || '/');
	return base === null ? pattern : join(base, ...segments.slice(open));
}

/** `**` stands for any number of directories, `*` for a name or a part of one, `?` for a character. */
function toRegExp(pattern: string, flags: '' | 'i'): RegExp {
	const segments = pattern.normalize('NFC').split('/').slice(1);
	const body = segments.map((segment, index) => {
		const isLast = index === segments.length - 1;
		if (segment === '**') return isLast ? '/.+' : '(?:/[^/]+)*';
		const text = segment.replace(/[.+^()|]/g, '\\$&');
		return `/${text.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}`;
	});
	return new RegExp(`^${body.join('')}$`, `su${flags}`);
}
