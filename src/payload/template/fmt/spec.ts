/** How one verb of a format is to print: `%-08.3f`. */
export interface Spec {
  readonly sharp: boolean;
  readonly zero: boolean;
  readonly plus: boolean;
  readonly minus: boolean;
  readonly space: boolean;
  readonly width?: number;
  readonly precision?: number;
}

export const PLAIN: Spec = { sharp: false, zero: false, plus: false, minus: false, space: false };

/** Padded to the width, counted in code points; zeros stand to the left only. */
export function pad(text: string, { zero, minus, width = 0 }: Spec): string {
  const padding = (zero && !minus ? '0' : ' ').repeat(Math.max(0, width - [...text].length));
  return minus ? `${text}${padding}` : `${padding}${text}`;
}
