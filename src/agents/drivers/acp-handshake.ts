/**
 * The ACP handshake: `initialize`, then the agent's own session restored where that is asked for and
 * offered, else a new one.
 */
import { type ClientContext, type McpServer, PROTOCOL_VERSION, RequestError } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { StatecraftError } from '../../errors.ts';
import { packageVersion } from '../../package.ts';
import type { AcpConversation } from './acp-conversation.ts';
import { authenticationRequired, isAuthenticationRequired, type LoginMethod } from './acp-failures.ts';
import type { ConnectOptions } from './driver.ts';

/** What the agent can do and who it is. Read leniently: only what is used here has to be there. */
const agentSchema = z.looseObject({
	protocolVersion: z.number(),
	agentInfo: z
		.looseObject({ name: z.string(), version: z.string().catch('') })
		.nullish()
		.catch(null),
	agentCapabilities: z
		.looseObject({
			loadSession: z.boolean().catch(false),
			mcpCapabilities: z.looseObject({ http: z.boolean().catch(false) }).catch({ http: false }),
			promptCapabilities: z.looseObject({ image: z.boolean().catch(false) }).catch({ image: false }),
			sessionCapabilities: z.looseObject({ resume: z.unknown().optional(), close: z.unknown().optional() }).catch({}),
		})
		.catch({
			loadSession: false,
			mcpCapabilities: { http: false },
			promptCapabilities: { image: false },
			sessionCapabilities: {},
		}),
	authMethods: z.array(z.looseObject({ name: z.string(), description: z.string().nullish() })).catch([]),
});

const newSessionSchema = z.looseObject({ sessionId: z.string().min(1) });

export interface AcpAgent {
	readonly info: { readonly name: string; readonly version: string } | null;
	readonly authMethods: readonly LoginMethod[];
	/** Methods by which a session can be restored, the one without a replay first. */
	readonly restoreMethods: ReadonlyArray<'session/resume' | 'session/load'>;
	readonly canClose: boolean;
	readonly takesImages: boolean;
	readonly callsHttpServers: boolean;
}

export interface Handshake {
	readonly agent: AcpAgent;
	readonly sessionId: string;
	readonly resumed: boolean;
}

interface Surroundings {
	readonly cwd: string;
	readonly mcpServers: McpServer[];
}

/** Statecraft lends agents neither its file system nor a terminal: they have their own. */
const clientCapabilities = {
	fs: { readTextFile: false, writeTextFile: false },
	terminal: false,
	elicitation: { form: {}, url: {} },
	session: { configOptions: { boolean: {} } },
};

/** Rejects with `handshake_failed`, `authentication_required` or `protocol_violation`, or as the connection ends. */
export async function shakeHands(
	context: ClientContext,
	conversation: AcpConversation,
	options: Omit<ConnectOptions, 'signal'>,
): Promise<Handshake> {
	const agent = await initialize(context);
	const surroundings = { cwd: options.cwd, mcpServers: listServers(agent, options) };
	try {
		if (
			options.resume !== null &&
			(await restore(context, agent, conversation, options.resume, { ...surroundings, sink: options.sink }))
		) {
			return { agent, sessionId: options.resume, resumed: true };
		}
		const answer = await context.request('session/new', surroundings);
		const { sessionId } = parse(newSessionSchema, answer, 'session/new');
		return { agent, sessionId, resumed: false };
	} catch (error) {
		throw judgeHandshakeError(error, agent.authMethods);
	}
}

async function initialize(context: ClientContext): Promise<AcpAgent> {
	const clientInfo = { name: 'statecraft', title: 'Statecraft', version: packageVersion };
	const request = { protocolVersion: PROTOCOL_VERSION, clientCapabilities, clientInfo };
	const answer = await context.request('initialize', request).catch((error: unknown) => {
		throw judgeHandshakeError(error, []);
	});
	const { protocolVersion, agentInfo, agentCapabilities, authMethods } = parse(agentSchema, answer, 'initialize');
	if (protocolVersion !== PROTOCOL_VERSION) {
		const extras = { expected: PROTOCOL_VERSION, actual: protocolVersion };
		throw new StatecraftError('handshake_failed', `The agent speaks version ${protocolVersion} of ACP`, extras);
	}
	const { loadSession, mcpCapabilities, promptCapabilities, sessionCapabilities } = agentCapabilities;
	return {
		info: agentInfo ? { name: agentInfo.name, version: agentInfo.version } : null,
		authMethods,
		restoreMethods: [
			...(isOffered(sessionCapabilities.resume) ? (['session/resume'] as const) : []),
			...(loadSession ? (['session/load'] as const) : []),
		],
		canClose: isOffered(sessionCapabilities.close),
		takesImages: promptCapabilities.image,
		callsHttpServers: mcpCapabilities.http,
	};
}

/** The servers that the agent is told of; one that cannot call ours does without, visibly. */
function listServers(
	{ callsHttpServers }: AcpAgent,
	{ toolServer, sink }: Omit<ConnectOptions, 'signal'>,
): McpServer[] {
	if (!toolServer) return [];
	const { name, url, token } = toolServer;
	if (callsHttpServers)
		return [{ type: 'http', name, url, headers: [{ name: 'Authorization', value: `Bearer ${token}` }] }];
	const data = { name, reason: 'the agent does not call MCP servers over HTTP' };
	sink.output({ type: 'other', name: 'tools_not_offered', data });
	return [];
}

/** Whether one of the ways that the agent offers brought the session back. */
async function restore(
	context: ClientContext,
	agent: AcpAgent,
	conversation: AcpConversation,
	sessionId: string,
	{ sink, ...surroundings }: Surroundings & Pick<ConnectOptions, 'sink'>,
): Promise<boolean> {
	for (const method of agent.restoreMethods) {
		try {
			conversation.replay(true);
			await context.request(method, { sessionId, ...surroundings });
			return true;
		} catch (error) {
			conversation.replay(false);
			if (!(error instanceof RequestError) || isAuthenticationRequired(error)) throw error;
			const data = { sessionId, method, code: error.code, message: error.message };
			sink.output({ type: 'other', name: 'session_not_restored', data });
		}
	}
	return false;
}

function isOffered(capability: unknown): boolean {
	return capability !== undefined && capability !== null && capability !== false;
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: unknown, method: string): z.infer<Schema> {
	const parsed = schema.safeParse(answer);
	if (parsed.success) return parsed.data;
	const detail = `The agent's answer to ${method} is not what ACP asks for: ${z.prettifyError(parsed.error)}`;
	throw new StatecraftError('protocol_violation', detail);
}

function judgeHandshakeError(error: unknown, authMethods: readonly LoginMethod[]): unknown {
	if (!(error instanceof RequestError)) return error;
	if (isAuthenticationRequired(error)) return authenticationRequired(error, authMethods);
	const extras = { actual: { code: error.code, data: error.data } };
	return new StatecraftError('handshake_failed', error.message, extras, { cause: error });
}
