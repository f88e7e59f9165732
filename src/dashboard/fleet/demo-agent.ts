/** The agent of the first run: shows in some seconds what agents do here. */

import type { NewAgentBody } from './agent-creation.ts';

const script = [
	'think Somebody is here for the first time. I shall show what agents do.',
	'plan say hello | use a tool | ask for permission | finish',
	'say Hello! I am the demo agent. I cost nothing, and do what my prompts say.',
	'wait 1s',
	'tool Read the manual',
	'wait 1s',
	'permission Write a file',
	'say That was all. Send me another prompt, or kill the server in the middle of one: nothing is lost.',
];

export function demoAgent(cwd: string): NewAgentBody {
	return { name: 'demo', driver: { kind: 'demo' }, cwd, prompt: script.join('\n'), labels: { purpose: 'demo' } };
}
