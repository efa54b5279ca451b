/** How both entries begin. */
import { mount, type Component } from 'svelte';
import '../styles/base.css';
import { loadTexts } from './language.svelte';
import './theme.svelte';

/** Shows the component once its texts are there. */
export async function start(component: Component): Promise<void> {
  await loadTexts();
  mount(component, { target: document.body });
}
