export {
  checksums,
  extractTools,
  releaseText,
  streamTools,
  type ToolFile,
  type ToolOptions,
  type ToolStream,
} from './extract.ts';
export { parsePlatform, type ToolSelection } from './targets.ts';
export { type WrittenTool, writeCommand, writeTools } from './write.ts';
