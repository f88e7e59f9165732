import { describeRemoteLife } from './remote-life.ts';

describeRemoteLife('claude', 'Claude Code that is connected from elsewhere');
