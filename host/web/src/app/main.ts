import { start } from '../base/start';
import App from './App.svelte';

void start(App);
