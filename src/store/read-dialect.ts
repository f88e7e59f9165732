/** What reads need to be worded for, by the kind of database. Everything else of a query is written once. */
import type { Prisma } from './generated/client.ts';

/** `Prisma.sql` makes the same pieces with both generated clients: texts and parameters. */
export type Sql = Prisma.Sql;

/** Which events are wanted: conditions on `e`, how they are sorted by `seq`, and how many. */
export interface EventSelection {
	readonly from: number;
	readonly to: number;
	readonly agentIds: readonly string[];
	readonly where: Sql;
	readonly direction: Sql;
	readonly limit: number;
}

export interface JournalSelection {
	readonly from: number;
	readonly to: number;
	readonly address: string;
}

export interface ReadDialect {
	/** Texts of a JSON array as the rows of a table `alias` with the column `value`. */
	each(json: Sql, alias: string): Sql;
	/** The same of given texts: as one parameter, for there may be more of them than a statement takes. */
	values(texts: readonly string[], alias: string): Sql;
	/** Whether `agents.labels` has all of these. */
	hasLabels(labels: Readonly<Record<string, string>>): Sql;
	/** Joins with `ON`, in the order written where the planner can be told. */
	readonly join: Sql;
	/** Names the index to go by, behind the name of the table, where the planner can be told. */
	by(index: string): Sql;
	/** Events (`seq, topic, agentId, at, data`) of agents, found by blocks `from` to `to` of their index. */
	eventsOfAgents(selection: EventSelection): Sql;
	/** The journal's lines of an address in the same way, as a table `t`. */
	journalOf(selection: JournalSelection): Sql;
	/** Columns `value`, `timers` and `children` of the actor `a`: JSON, `value` maybe null. */
	readonly actorDetails: Sql;
}
