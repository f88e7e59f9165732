/** Connections through Prisma's driver adapter, with what holds for every one of them. */
import { PrismaPg } from '@prisma/adapter-pg';

export const connectTimeoutMs = 5_000;
export const answerTimeoutMs = 30_000;

export type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

type Config = Exclude<ConstructorParameters<typeof PrismaPg>[0], string | { readonly totalCount: number }>;

export interface PoolOptions extends Config {
	readonly connectionString: string;
	readonly max: number;
}

/** Connects nothing yet. */
export async function createPool(
	options: PoolOptions,
	adapterOptions?: ConstructorParameters<typeof PrismaPg>[1],
): Promise<Adapter> {
	const adapter = await new PrismaPg(
		{
			connectionTimeoutMillis: connectTimeoutMs,
			query_timeout: answerTimeoutMs,
			keepAlive: true,
			keepAliveInitialDelayMillis: 10_000,
			...options,
		},
		adapterOptions,
	).connect();
	// A server that ends a connection may say so when nobody listens any more, which would end the process.
	adapter.underlyingDriver().on('connect', (client) => client.on('error', () => undefined));
	return adapter;
}
