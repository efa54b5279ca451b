/** Clicks on what plugins' panels offer, and the form that one asks for. */
import { api, call } from '../../base/api';
import { toast } from '../../base/toasts.svelte';
import { forEach } from '../bulk';
import type { JsonObject } from '../form/schema';
import type { Panel, PanelAction, PanelRow } from '../../wire';
import { text } from '../text';

/** An action as it stands on a button. */
export interface Offer {
  plugin: string;
  panel: Panel;
  action: PanelAction;
  /** On which rows; on the panel as a whole if there are none. */
  rows: PanelRow[];
}

export class Clicks {
  /**
   * What was pressed, while its form is filled in. What the page shows is exchanged every few seconds: what is carried out is
   * what stood there then.
   */
  asking = $state.raw<Offer | null>(null);

  constructor(
    /** Something was done. */
    readonly onacted: () => void,
  ) {}

  async press(offer: Offer): Promise<void> {
    if (asks(offer)) this.asking = offer;
    else await this.carryOut(offer, {});
  }

  /** Does it. What goes wrong with one that was asked about is thrown, for the dialog to show; all else is told. */
  async carryOut(offer: Offer, form: JsonObject): Promise<void> {
    const said = new Set<string>();
    const once = async (row: PanelRow | null): Promise<unknown> => said.add(await click(offer, row, form));
    const [first = null, ...others] = offer.rows;
    if (others.length === 0 && asks(offer)) await once(first);
    else await forEach([first, ...others], once);
    for (const message of said) if (message !== '') toast(message);
    if (said.size > 0) this.onacted();
  }
}

/** What a person calls a row. */
export function nameOf(row: PanelRow): string {
  return row.cells[0] || row.id;
}

function asks({ action }: Offer): boolean {
  return action.form.trim() !== '';
}

/** Gives what the plugin says. What it wanted done and could not is told at once. */
async function click({ plugin, panel, action }: Offer, row: PanelRow | null, form: JsonObject): Promise<string> {
  const params = { path: { name: plugin } };
  const body = { panel_id: panel.id, action_id: action.id, row_id: row?.id ?? null, form };
  const { message, effects } = await call(api.POST('/api/v1/admin/plugins/{name}/actions', { params, body }));
  for (const { kind, outcome, error } of effects)
    if (outcome !== 'done') toast(text().panels.undone(kind, error?.message ?? text().panels.refused), 'error');
  return message;
}
