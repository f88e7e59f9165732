/** Supervisors: the missions that are under way, or one of them. */

import type { ScreenProps } from '../shell/screens.tsx';
import { MissionList } from './mission-list.tsx';
import { MissionView } from './mission-view.tsx';
import './supervisors.css';

export function SupervisorsScreen({ id }: ScreenProps) {
	return id === undefined ? <MissionList /> : <MissionView key={id} id={id} />;
}
