export { gateClock } from './clock.ts';
export { openHurdles, promotionsOf } from './promotions.ts';
export { listPromotions, promotedFiles } from './propose.ts';
