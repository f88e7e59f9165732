/**
 * A program of its own for tests: an ACP agent that tries whatever might do harm on a page that shows it.
 * A prompt names what to try; `everything` tries all, and asks for permission and a question at the end.
 */
import { Readable, Writable } from 'node:stream';
import { type AgentContext, agent, ndJsonStream, type SessionNotification } from '@agentclientprotocol/sdk';
import { hostileText, type Mischief, mischiefs } from './hostile-text.ts';

const sessionId = 'ses_hostile';

async function misbehave(client: AgentContext, mischief: Mischief): Promise<void> {
	const text = hostileText(mischief);
	const update = (update: SessionNotification['update']) => client.notify('session/update', { sessionId, update });
	const content = { type: 'text', text } as const;
	const toolCallId = `call_${mischief}`;
	await update({ sessionUpdate: 'agent_thought_chunk', content });
	await update({ sessionUpdate: 'tool_call', toolCallId, title: text, kind: 'execute', rawInput: { command: text } });
	await update({ sessionUpdate: 'tool_call_update', toolCallId, status: 'completed', rawOutput: { output: text } });
	await update({ sessionUpdate: 'plan', entries: [{ content: text, priority: 'high', status: 'in_progress' }] });
	await update({ sessionUpdate: 'agent_message_chunk', content, messageId: `msg_${mischief}` });
}

const words = (['direction', 'controls', 'markup'] as const).map(hostileText).join(' ');

async function askPermission(client: AgentContext): Promise<void> {
	const rawInput = { command: words, note: hostileText('hugeLine') };
	const toolCall = { toolCallId: 'call_asked', title: words, kind: 'execute', rawInput } as const;
	const options = [
		{ optionId: 'yes', name: words, kind: 'allow_once' },
		{ optionId: 'no', name: 'No', kind: 'reject_once' },
	] as const;
	await client.request('session/request_permission', { sessionId, toolCall, options: [...options] });
}

async function askQuestion(client: AgentContext): Promise<void> {
	const properties = {
		free: { type: 'string', title: words, description: words },
		chosen: { type: 'string', title: words, enum: [words, 'other'] },
		flag: { type: 'boolean', title: words },
	} as const;
	await client.request('elicitation/create', {
		sessionId,
		mode: 'form',
		message: words,
		requestedSchema: { type: 'object', properties, required: ['free'] },
	});
}

const app = agent({ name: 'hostile' })
	.onRequest('initialize', () => ({ protocolVersion: 1, agentCapabilities: {}, authMethods: [] }))
	.onRequest('session/new', () => ({ sessionId }))
	.onRequest('session/prompt', async ({ params, client }) => {
		const [block] = params.prompt;
		const wanted = block?.type === 'text' ? block.text : '';
		for (const mischief of mischiefs)
			if (wanted === 'everything' || wanted === mischief) await misbehave(client, mischief);
		if (wanted === 'everything') {
			await askPermission(client);
			await askQuestion(client);
		}
		return { stopReason: 'end_turn' };
	});

const input = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
await app.connect(ndJsonStream(Writable.toWeb(process.stdout), input)).closed;
process.exit(0);
