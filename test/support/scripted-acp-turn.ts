/** Statecraft connected to a scripted ACP agent, and turns of it that the test ends when it likes. */
import { acpProtocol } from '../../src/agents/drivers/acp.ts';
import type { AgentSession, ConnectOptions, TurnResult } from '../../src/agents/drivers/driver.ts';
import { createRecordingSink, type RecordingSink } from './recording-sink.ts';
import { type AcpScript, createScriptedAcpAgent, handshake, type ScriptedAcpAgent } from './scripted-acp-agent.ts';

export interface ConnectedAcpAgent {
	readonly agent: ScriptedAcpAgent;
	readonly sink: RecordingSink;
	readonly session: AgentSession;
}

export interface AcpTurn extends ConnectedAcpAgent {
	readonly turn: Promise<TurnResult>;
	/** The agent's answer that ends the turn. */
	finish(stopReason?: string): object;
}

export const hello = [{ type: 'text', text: 'hello' }] as const;

export function connectOptions(
	sink: RecordingSink,
	resume: string | null = null,
	signal: AbortSignal = new AbortController().signal,
): ConnectOptions {
	return { cwd: '/work', resume, sink, signal };
}

export async function connectAcpAgent(script: AcpScript, resume: string | null = null): Promise<ConnectedAcpAgent> {
	const agent = createScriptedAcpAgent(script);
	const sink = createRecordingSink();
	const session = await acpProtocol.connect(agent.transport, connectOptions(sink, resume));
	return { agent, sink, session };
}

/** Starts a turn that ends when the test says what `finish` returns. */
export async function startTurn(): Promise<AcpTurn> {
	const connected = await connectAcpAgent(handshake());
	const turn = connected.session.prompt(hello);
	const { id } = await connected.agent.heard(({ method }) => method === 'session/prompt');
	const finish = (stopReason = 'end_turn') => ({ jsonrpc: '2.0', id, result: { stopReason } });
	return { ...connected, turn, finish };
}
