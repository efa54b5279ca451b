import { start } from '../base/start';
import Admin from './Admin.svelte';

void start(Admin);
