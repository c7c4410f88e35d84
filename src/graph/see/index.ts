export { badgeSvg } from './badge.ts';
export { drawings, homeChannel } from './drawings.ts';
export { channelDot, channelMermaid } from './export.ts';
export { lanesSvg } from './lanes.ts';
export { matrixHtml, matrixOf } from './matrix.ts';
export { timelineSvg } from './timeline.ts';
