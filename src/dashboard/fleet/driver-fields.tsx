/** What runs: a preset of this host, a program of one's own, or one that dials in. */

import { Disclosure } from '../components/disclosure.tsx';
import { Field } from '../components/field.tsx';
import type { DriverOffer } from './agent-creation.ts';
import type { DriverChoice, FormProblems, NewAgentForm } from './new-agent.ts';

export interface DriverFieldsProps {
	readonly form: NewAgentForm;
	readonly drivers: readonly DriverOffer[];
	readonly problems: FormProblems;
	readonly onChoose: (driver: DriverChoice) => void;
	readonly onChange: (part: Partial<NewAgentForm>) => void;
}

export function DriverFields({ form, drivers, problems, onChoose, onChange }: DriverFieldsProps) {
	const type = form.driver?.type;
	const installed = drivers.filter((offer) => offer.installed);
	const missing = drivers.filter((offer) => !offer.installed);
	return (
		<>
			<fieldset className="drivers" aria-describedby={problems.driver ? 'driver-problem' : undefined}>
				<legend>What runs</legend>
				<div className="driver-cards">
					{installed.map((offer) => (
						<DriverCard
							key={offer.kind}
							name={offer.kind}
							words={describePreset(offer)}
							isChosen={form.driver?.type === 'preset' && form.driver.kind === offer.kind}
							onChoose={() => onChoose({ type: 'preset', kind: offer.kind })}
						/>
					))}
					<DriverCard
						name="Another program"
						words="A program of yours that speaks ACP or stream-json"
						isChosen={type === 'program'}
						onChoose={() => onChoose({ type: 'program' })}
					/>
					<DriverCard
						name="One that dials in"
						words="From another machine; you get an address for it"
						isChosen={type === 'dial-in'}
						onChoose={() => onChoose({ type: 'dial-in' })}
					/>
				</div>
				{missing.length > 0 && <MissingDrivers drivers={missing} />}
				{problems.driver && (
					<p id="driver-problem" className="field-problem">
						{problems.driver}
					</p>
				)}
			</fieldset>
			{type === 'program' && (
				<div className="field-pair">
					<Field label="Program" problem={problems.command}>
						<input
							type="text"
							className="mono"
							spellCheck={false}
							value={form.command}
							onChange={(event) => onChange({ command: event.target.value })}
						/>
					</Field>
					<Field label="Arguments">
						<input
							type="text"
							className="mono"
							spellCheck={false}
							value={form.args}
							onChange={(event) => onChange({ args: event.target.value })}
						/>
					</Field>
				</div>
			)}
			{(type === 'program' || type === 'dial-in') && (
				<Field label="Protocol">
					<select
						value={form.protocol}
						onChange={(event) => onChange({ protocol: event.target.value as NewAgentForm['protocol'] })}
					>
						<option value="acp">ACP (Agent Client Protocol)</option>
						<option value="stream-json">stream-json (Claude Code)</option>
					</select>
				</Field>
			)}
		</>
	);
}

interface DriverCardProps {
	readonly name: string;
	readonly words: string;
	readonly isChosen: boolean;
	readonly onChoose: () => void;
}

function DriverCard({ name, words, isChosen, onChoose }: DriverCardProps) {
	return (
		<label className="driver-card">
			<input type="radio" name="driver" checked={isChosen} onChange={onChoose} />
			<span className="driver-name">{name}</span>
			<span className="muted driver-words">{words}</span>
		</label>
	);
}

/** What could be used here once it is installed. */
function MissingDrivers({ drivers }: { readonly drivers: readonly DriverOffer[] }) {
	return (
		<Disclosure summary={`Not on this host: ${drivers.map(({ kind }) => kind).join(', ')}`}>
			<dl className="missing-drivers">
				{drivers.map(({ kind, hint }) => (
					<div key={kind}>
						<dt>{kind}</dt>
						<dd>{hint === null ? 'Its program was not found' : <code>{hint}</code>}</dd>
					</div>
				))}
			</dl>
			<p className="muted">Install it on the host where Statecraft runs, then open this dialog again.</p>
		</Disclosure>
	);
}

function describePreset({ kind, command, protocol }: DriverOffer): string {
	if (kind === 'demo') return 'Costs nothing and does what its prompts say';
	return command ?? protocol;
}
