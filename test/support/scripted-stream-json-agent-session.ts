/** The smallest world of the stream-json tests: a scripted agent, connected to a session. */
import type { AgentSession, ConnectOptions, Transport, TurnResult } from '../../src/agents/drivers/driver.ts';
import { streamJsonProtocol } from '../../src/agents/drivers/stream-json.ts';
import { createRecordingSink, type RecordingSink } from './recording-sink.ts';
import { createScriptedAgent, isControl, isPrompt, type ScriptedAgent } from './scripted-stream-json-agent.ts';

export interface ScriptedWorld {
	readonly agent: ScriptedAgent;
	readonly sink: RecordingSink;
	readonly session: AgentSession;
	/** Prompts, and resolves when the agent has got it; the turn goes on. */
	begin(text?: string): Promise<{ readonly turn: Promise<TurnResult> }>;
	/** One whole turn, in which the agent says the messages given. */
	play(...messages: object[]): Promise<TurnResult>;
}

/** What `connect` is given besides the transport. */
export function connectOptions(
	sink: RecordingSink,
	resume: string | null = null,
	signal: AbortSignal = new AbortController().signal,
): ConnectOptions {
	return { cwd: '/', resume, sink, signal };
}

export async function connectScripted(
	options: { readonly resume?: string; readonly kind?: Transport['kind']; readonly onInitialize?: object } = {},
): Promise<ScriptedWorld> {
	const agent = createScriptedAgent(options.kind);
	const sink = createRecordingSink();
	const connecting = streamJsonProtocol.connect(agent.transport, connectOptions(sink, options.resume ?? null));
	agent.agree(await agent.hear(isControl('initialize')), options.onInitialize);
	const session = await connecting;

	async function begin(text = 'do it') {
		const before = agent.heard.filter(isPrompt).length;
		const turn = session.prompt([{ type: 'text', text }]);
		// The test awaits it later; until then a rejection is nobody's fault.
		turn.catch(() => {});
		await agent.hear(isPrompt, before + 1);
		return { turn };
	}

	return {
		agent,
		sink,
		session,
		begin,
		async play(...messages) {
			const { turn } = await begin();
			agent.say(...messages);
			return turn;
		},
	};
}
