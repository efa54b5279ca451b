/** How both entries begin. */
import { mount, type Component } from 'svelte';
import '../styles/base.css';
import { loadTexts } from './language.svelte';
import './theme.svelte';

/** Shows the component once its texts are there. */
export async function start(component: Component): Promise<void> {
  try {
    await loadTexts();
  } catch {
    return sayNotLoaded();
  }
  mount(component, { target: document.body });
}

/** Without the texts there are only these words: the server cannot be reached, or was upgraded in this very moment. */
function sayNotLoaded(): void {
  const words = document.createElement('p');
  words.setAttribute('role', 'alert');
  words.textContent = 'Natter could not be loaded. ';
  const button = document.createElement('button');
  button.textContent = 'Reload';
  button.onclick = () => location.reload();
  words.append(button);
  document.body.append(words);
}
