import { describeRemoteLife } from './remote-life.ts';

describeRemoteLife('opencode', 'opencode that is connected from elsewhere');
