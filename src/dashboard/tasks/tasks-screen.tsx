/** Tasks: the board, or one of them. */

import type { ScreenProps } from '../shell/screens.tsx';
import { TaskBoard } from './task-board.tsx';
import { TaskView } from './task-view.tsx';
import './tasks.css';

export function TasksScreen({ id, query }: ScreenProps) {
	return id === undefined ? <TaskBoard query={query} /> : <TaskView key={id} id={id} />;
}
