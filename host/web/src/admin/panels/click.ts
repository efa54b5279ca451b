import { api, call } from '../../base/api';
import { toast } from '../../base/toasts.svelte';
import type { JsonObject } from '../form/schema';
import type { Panel, PanelAction } from '../../wire';
import { text } from '../text';

/** Carries out an action of a panel, and gives what the plugin says. What it wanted done and could not is told at once. */
export async function click(
  plugin: string,
  panel: Panel,
  action: PanelAction,
  rowId: string | null,
  form: JsonObject,
): Promise<string> {
  const params = { path: { name: plugin } };
  const body = { panel_id: panel.id, action_id: action.id, row_id: rowId, form };
  const { message, effects } = await call(api.POST('/api/v1/admin/plugins/{name}/actions', { params, body }));
  for (const { kind, outcome, error } of effects)
    if (outcome !== 'done') toast(text().panels.undone(kind, error?.message ?? text().panels.refused), 'error');
  return message;
}
