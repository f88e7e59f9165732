/** What Prisma and the drivers wrap their errors in, the same for every kind of database. */

/** The error itself and what Prisma wraps: `meta.driverAdapterError.cause`, `cause`. Outermost first. */
export function* causes(thrown: unknown): Generator<Readonly<Record<string, unknown>>> {
	let current = thrown;
	for (let depth = 0; depth < 6 && isRecord(current); depth++) {
		yield current;
		const meta = current.meta;
		current = isRecord(meta) && meta.driverAdapterError !== undefined ? meta.driverAdapterError : current.cause;
	}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}

/** A string, or nothing. */
export function text(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}
