/** The dialog that makes an agent. */

import './create-agent-dialog.css';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog, DialogActions } from '../components/dialog.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { Field } from '../components/field.tsx';
import { ApiError, createKey } from '../connection/api.ts';
import { useLoaded } from '../connection/loaded.ts';
import { useApi, usePage } from '../connection/session-context.ts';
import { selectAgents } from '../store/selectors.ts';
import { AdvancedFields } from './advanced-fields.tsx';
import { type CreatedAgent, createAgent, type DriverOffer, listDrivers, readHost } from './agent-creation.ts';
import { DriverFields } from './driver-fields.tsx';
import {
	beginForm,
	chooseDriver,
	type DriverChoice,
	type FormProblems,
	findProblems,
	findServerProblems,
	type NewAgentForm,
	renderBody,
} from './new-agent.ts';

export interface CreateAgentDialogProps {
	readonly onCreated: (agent: CreatedAgent) => void;
	readonly onClose: () => void;
}

export function CreateAgentDialog({ onCreated, onClose }: CreateAgentDialogProps) {
	const offers = useOffers();
	return (
		<Dialog title="Create an agent" size="wide" onClose={onClose}>
			{offers === null ? (
				<p className="muted">Looking for agents on this host…</p>
			) : (
				<CreateAgentForm offers={offers} onCreated={onCreated} onClose={onClose} />
			)}
		</Dialog>
	);
}

interface CreateAgentFormProps extends CreateAgentDialogProps {
	readonly offers: Offers;
}

function CreateAgentForm({ offers: { drivers, cwd, error: loadError }, onCreated, onClose }: CreateAgentFormProps) {
	const api = useApi();
	const agents = usePage(selectAgents);
	const taken = new Set(agents.map(({ name }) => name));
	const [form, setForm] = useState(() => beginForm(drivers, cwd, taken));
	const [problems, setProblems] = useState<FormProblems>({});
	const [error, setError] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);
	/** How often it was sent and came back with something to mend. */
	const [returns, setReturns] = useState(0);
	const key = useRef(createKey());
	const element = useRef<HTMLFormElement>(null);
	useEffect(() => element.current?.querySelector<HTMLElement>('input:checked, input')?.focus(), []);

	// Each time that it was sent and came back, and not while somebody mends one field of several.
	useEffect(() => {
		if (returns > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
	}, [returns]);

	function change(part: Partial<NewAgentForm>): void {
		setForm((current) => ({ ...current, ...part }));
		setProblems((known) => Object.fromEntries(Object.entries(known).filter(([field]) => !(field in part))));
		key.current = createKey();
	}

	function complain(found: FormProblems): void {
		setProblems(found);
		setReturns((count) => count + 1);
	}

	async function submit(event: FormEvent): Promise<void> {
		event.preventDefault();
		if (busy) return;
		const found = findProblems(form);
		setError(null);
		if (Object.keys(found).length > 0) {
			complain(found);
			return;
		}
		setBusy(true);
		try {
			onCreated(await createAgent(api, renderBody(form), key.current));
		} catch (thrown) {
			const complaints = thrown instanceof ApiError ? findServerProblems(thrown) : {};
			complain(complaints);
			// What is told at its field is not told twice.
			if (Object.keys(complaints).length === 0) setError(thrown);
			setBusy(false);
		}
	}

	const isDemo = form.driver?.type === 'preset' && form.driver.kind === 'demo';
	const cwdHint =
		form.driver?.type === 'dial-in'
			? 'On the machine where it runs: where its program is to work there'
			: 'On the host where Statecraft runs';
	return (
		<form ref={element} onSubmit={submit} noValidate>
			<ErrorNote error={loadError} />
			<DriverFields
				form={form}
				drivers={drivers}
				problems={problems}
				onChoose={(driver: DriverChoice) => change(chooseDriver(form, driver, taken, cwd))}
				onChange={change}
			/>
			<div className="field-pair">
				<Field label="Name" problem={problems.name}>
					<input
						type="text"
						autoComplete="off"
						maxLength={100}
						value={form.name}
						onChange={(event) => change({ name: event.target.value })}
					/>
				</Field>
				<Field label="Working directory" hint={cwdHint} problem={problems.cwd}>
					<input
						type="text"
						className="mono"
						list="known-directories"
						spellCheck={false}
						value={form.cwd}
						onChange={(event) => change({ cwd: event.target.value })}
					/>
				</Field>
			</div>
			<datalist id="known-directories">
				{[...new Set([cwd, ...agents.map((agent) => agent.cwd)])].map((path) => (
					<option key={path} value={path} />
				))}
			</datalist>
			<Field
				label="First prompt (optional)"
				hint={isDemo && 'The demo agent reads it as steps: say hello; tool read; permission write a file'}
			>
				<textarea rows={3} value={form.prompt} onChange={(event) => change({ prompt: event.target.value })} />
			</Field>
			<AdvancedFields form={form} problems={problems} onChange={change} />
			<ErrorNote error={error} />
			<DialogActions>
				<Button onClick={onClose}>Cancel</Button>
				<Button type="submit" look="primary" busy={busy}>
					Create
				</Button>
			</DialogActions>
		</form>
	);
}

interface Offers {
	readonly drivers: readonly DriverOffer[];
	/** The server's working directory: where most first agents are to work. */
	readonly cwd: string;
	readonly error: unknown;
}

/** Null while they are looked for. */
function useOffers(): Offers | null {
	const { data, error } = useLoaded('offers', async (api, signal) => {
		const [drivers, { cwd }] = await Promise.all([listDrivers(api, signal), readHost(api, signal)]);
		return { drivers, cwd };
	});
	if (error !== null) return { drivers: [], cwd: '', error };
	return data === undefined ? null : { ...data, error };
}
