/** What an agent may do and spend, from flags, as `agents create` and `agents update` take it. */

import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parse } from 'yaml';
import type { CreateAgent } from '../agents/service.ts';
import { StatecraftError } from '../errors.ts';

type AgentBudget = NonNullable<CreateAgent['budget']>;

export interface RuleOptions {
	/** A file; false takes the policy away. */
	readonly policy?: string | false;
	/** False takes the budget away. */
	readonly budget?: AgentBudget | false;
	readonly hung?: 'notify' | 'restart';
}

export function addRuleOptions(command: Command): Command {
	return command
		.option('--policy <file>', 'tool policy, a YAML or JSON file: mode, allow, deny, requests')
		.option(
			'--budget <kind=[soft:]hard>',
			'what it may spend: cost, tokens or turnSeconds, for instance tokens=80000:100000 (repeatable)',
			collectLimits,
		)
		.addOption(
			new Option('--hung <what>', 'what is done when it shows no sign of life').choices(['notify', 'restart']),
		);
}

/** The fields of the agent that the flags set. */
export function readRules({ policy, budget }: RuleOptions): Readonly<Record<string, unknown>> {
	return {
		...(policy !== undefined && { policy: policy === false ? null : readPolicyFile(policy) }),
		...(budget !== undefined && { budget: budget === false ? null : budget }),
	};
}

function readPolicyFile(path: string): unknown {
	try {
		return parse(readFileSync(path, 'utf8'));
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new StatecraftError('invalid_request', `${path} is no policy: ${why}`, {}, { cause: error });
	}
}

const form = /^(cost|tokens|turnSeconds)=(?:(\d+(?:\.\d+)?):)?(\d+(?:\.\d+)?)$/;

function collectLimits(text: string, previous: AgentBudget = {}): AgentBudget {
	const [, kind, soft, hard] = form.exec(text) ?? [];
	if (kind === undefined) throw new InvalidArgumentError('Expected cost, tokens or turnSeconds=[soft:]hard.');
	return { ...previous, [kind]: { ...(soft !== undefined && { soft: Number(soft) }), hard: Number(hard) } };
}
