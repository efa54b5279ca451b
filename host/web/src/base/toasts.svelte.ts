/** Short news at the edge of the page, which goes by itself. */
export interface Toast {
  id: number;
  kind: 'info' | 'error';
  text: string;
}

/** Chosen, not standard: two lines can be read in it. */
const SHOWN_MS = 6_000;

let shown = $state.raw<Toast[]>([]);
let last = 0;

/** Those that are to be seen now, oldest first. */
export function toasts(): Toast[] {
  return shown;
}

export function toast(text: string, kind: Toast['kind'] = 'info'): void {
  const id = ++last;
  shown = [...shown, { id, kind, text }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  shown = shown.filter((toast) => toast.id !== id);
}
