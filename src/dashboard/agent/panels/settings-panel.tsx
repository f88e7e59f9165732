/** How the agent is set up, and what may be changed of that here. */

import { type FormEvent, type ReactElement, type ReactNode, useEffect, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ConfirmWithReason } from '../../components/confirm-with-reason.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Fact } from '../../components/facts.tsx';
import { Field } from '../../components/field.tsx';
import { useApi } from '../../connection/session-context.ts';
import { renderValue } from '../../content/tool-content.ts';
import { showInvisible, showOnOneLine } from '../../content/visible-text.ts';
import { sendCommand } from '../../fleet/agent-commands.ts';
import { interruptedTurnHint, interruptedTurnLabel, interruptedTurnWords } from '../../fleet/interrupted-turn.ts';
import { linkTo, navigate } from '../../shell/router.ts';
import { showToast } from '../../shell/toast-store.ts';
import type { Agent } from '../../store/resources.ts';
import { describeRestart } from './runs.ts';
import { patchAgent } from './settings-change.ts';
import { fillForm, isSameForm, readChange, type SettingsForm as SettingsFields } from './settings-form.ts';

export function SettingsPanel({ agent }: { readonly agent: Agent }): ReactElement {
	return (
		<div className="panel-body settings">
			<SettingsForm agent={agent} />
			<section>
				<h2>How it is run</h2>
				<DriverFacts agent={agent} />
			</section>
			<DeleteAgent agent={agent} />
		</div>
	);
}

interface SettingsDraft {
	readonly filled: SettingsFields;
	readonly version: number;
	readonly form: SettingsFields;
}

/** What was changed and not saved yet, by agent: it is there again for whoever comes back to it. */
const drafts = new Map<string, SettingsDraft>();

function SettingsForm({ agent }: { readonly agent: Agent }): ReactElement {
	const api = useApi();
	/** What the form was filled with, and of which version that was. */
	const [{ filled, version }, setFilled] = useState(
		() => drafts.get(agent.id) ?? { filled: fillForm(agent), version: agent.version },
	);
	const [form, setForm] = useState(() => drafts.get(agent.id)?.form ?? filled);
	const [error, setError] = useState<unknown>(null);
	const [isBusy, setBusy] = useState(false);
	const current = fillForm(agent);
	const isEdited = !isSameForm(form, filled);
	useEffect(() => {
		if (isEdited) drafts.set(agent.id, { filled, version, form });
		else drafts.delete(agent.id);
	}, [agent.id, isEdited, filled, version, form]);
	// What was just saved may be newer than what the stream has told.
	const wasChangedElsewhere = !isBusy && agent.version >= version && !isSameForm(current, filled);
	// Nobody is disturbed by what they have not begun to change.
	if (wasChangedElsewhere && !isEdited) fill(agent);

	function fill(from: Agent): void {
		setFilled({ filled: fillForm(from), version: from.version });
		setForm(fillForm(from));
	}

	function refill(): void {
		fill(agent);
		setError(null);
	}

	async function save(event: FormEvent): Promise<void> {
		event.preventDefault();
		if (isBusy) return;
		setBusy(true);
		setError(null);
		try {
			const saved = await patchAgent(api, { id: agent.id, version }, readChange(form, filled), filled);
			fill(saved);
			showToast(saved.restartRequired ? 'Saved: it takes effect with the next launch' : 'Saved');
		} catch (thrown) {
			setError(thrown);
		} finally {
			setBusy(false);
		}
	}

	return (
		<form className="settings-form" onSubmit={save}>
			<h2>Settings</h2>
			{wasChangedElsewhere && isEdited && (
				<p className="settings-changed" role="status">
					These settings were changed elsewhere meanwhile.{' '}
					<Button size="small" onClick={refill}>
						Show what they are now
					</Button>
				</p>
			)}
			<Field label="Name">
				<input
					type="text"
					required
					maxLength={100}
					value={form.name}
					onChange={(event) => setForm({ ...form, name: event.target.value })}
				/>
			</Field>
			<Field label="Labels" hint="One a line: name=value">
				<textarea
					rows={Math.max(2, form.labels.split('\n').length)}
					value={form.labels}
					onChange={(event) => setForm({ ...form, labels: event.target.value })}
				/>
			</Field>
			<Field label={interruptedTurnLabel} hint={interruptedTurnHint}>
				<select
					value={form.interruptedTurn}
					onChange={(event) => setForm({ ...form, interruptedTurn: event.target.value as Agent['interruptedTurn'] })}
				>
					{Object.entries(interruptedTurnWords).map(([value, words]) => (
						<option key={value} value={value}>
							{words}
						</option>
					))}
				</select>
			</Field>
			<ErrorNote error={error} />
			<div className="settings-actions">
				<Button type="submit" look="primary" busy={isBusy} disabled={!isEdited}>
					Save
				</Button>
				{isEdited && <Button onClick={refill}>Discard changes</Button>}
			</div>
		</form>
	);
}

function DriverFacts({ agent }: { readonly agent: Agent }): ReactElement {
	const { driver } = agent;
	const command = [driver.command, ...(driver.args ?? [])].filter((word) => word !== undefined);
	return (
		<dl className="agent-fact-list">
			<Shown name="Kind">{driver.kind}</Shown>
			{command.length > 0 && <Shown name="Command">{command.map(quoteWord).join(' ')}</Shown>}
			{driver.protocol && <Shown name="Protocol">{driver.protocol}</Shown>}
			{driver.transport && <Shown name="Transport">{driver.transport}</Shown>}
			<Shown name="Directory">{agent.cwd}</Shown>
			{Object.entries(driver.env ?? {}).map(([name, value]) => (
				<Shown key={name} name={`${showOnOneLine(name, 60)} (environment)`}>
					{value === '***' ? 'set, and kept secret' : value}
				</Shown>
			))}
			<Shown name="Restarts">{describeRestart(agent.restart)}</Shown>
			<Shown name="Tool policy">
				{agent.policy === null ? 'None: you are asked' : <pre>{showInvisible(renderValue(agent.policy))}</pre>}
			</Shown>
			<Shown name="Budget">
				{agent.budget === null ? 'None' : <pre>{showInvisible(renderValue(agent.budget))}</pre>}
			</Shown>
			<Shown name="Id">{agent.id}</Shown>
		</dl>
	);
}

/** A text from elsewhere, or a drawing of it. */
function Shown({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
	return <Fact name={name}>{typeof children === 'string' ? showInvisible(children) : children}</Fact>;
}

/** As one would type it: words with spaces in quotes. */
function quoteWord(word: string): string {
	return /^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word);
}

function DeleteAgent({ agent }: { readonly agent: Agent }): ReactElement {
	const api = useApi();
	const [isAsked, setAsked] = useState(false);
	const name = showOnOneLine(agent.name, 100);

	async function remove(reason: string): Promise<void> {
		await sendCommand(api, agent.id, 'remove', reason);
		showToast(`${name} was deleted`);
		navigate(linkTo([]));
	}

	return (
		<section>
			<h2>Delete</h2>
			<p>The agent is ended and goes with its prompts, runs and requests. The journal of what it did stays.</p>
			<Button look="danger" onClick={() => setAsked(true)}>
				Delete this agent…
			</Button>
			{isAsked && (
				<ConfirmWithReason
					title={`Delete ${name}?`}
					words="It is ended, if it runs, and goes with its prompts, runs and requests. This cannot be undone."
					action="Delete it"
					isReasonNeeded={false}
					onConfirm={remove}
					onClose={() => setAsked(false)}
				/>
			)}
		</section>
	);
}
