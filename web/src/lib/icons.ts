/** Outlines on a 24 × 24 grid, drawn with a stroke of 2 in the colour of the text. */
export const ICONS = {
  check: 'M4.5 12.5l5 5L19.5 7',
  cross: 'M6 6l12 12M18 6L6 18',
  warning: 'M12 3.5L22 20.5H2zM12 10v4.5M12 17.2v.3',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5v.3',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.5l3.5 2',
  running: 'M21 12a9 9 0 1 1-6.2-8.56',
  minus: 'M6 12h12',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M19.1 4.9l-1.8 1.8M6.7 17.3l-1.8 1.8',
  moon: 'M20.5 14.5A8.8 8.8 0 0 1 9.5 3.5a8.8 8.8 0 1 0 11 11z',
  screen: 'M3 4.5h18v12H3zM8.5 20.5h7M12 16.5v4',
  arrow: 'M4 12h15M13 6l6 6-6 6',
  download: 'M12 3v12M6.5 10l5.5 5.5L17.5 10M4 20.5h16',
  shield: 'M12 2.8l8 3v6c0 4.7-3.3 7.8-8 9.6-4.7-1.8-8-4.9-8-9.6v-6zM8.5 12l2.6 2.6 4.6-5',
  terminal: 'M3 4.5h18v15H3zM7 9.5l3 2.7-3 2.8M12.5 15.5H17',
  alarm: 'M8 2.8h8l5.2 5.2v8L16 21.2H8L2.8 16V8zM12 7.5V13M12 16.2v.3',
} as const;

export type IconName = keyof typeof ICONS;
