import { api, call } from '../../base/api';
import type { JsonObject } from '../form/schema';
import type { Panel, PanelAction } from '../../wire';

/** Carries out an action of a panel, and gives what the plugin says. */
export async function click(
  plugin: string,
  panel: Panel,
  action: PanelAction,
  rowId: string | null,
  form: JsonObject,
): Promise<string> {
  const params = { path: { name: plugin } };
  const body = { panel_id: panel.id, action_id: action.id, row_id: rowId, form };
  return (await call(api.POST('/api/v1/admin/plugins/{name}/actions', { params, body }))).message;
}
