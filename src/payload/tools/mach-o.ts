import { SlipwayError } from '../../util/index.ts';

/** What signing must know of a 64-bit little-endian Mach-O file (`<mach-o/loader.h>`). */
export interface MachO {
  /** Where the code signature stands: the bytes before it are what it covers. */
  readonly signature: { readonly offset: number; readonly size: number } | undefined;
  readonly text: { readonly offset: number; readonly size: number };
  readonly executable: boolean;
}

const MAGIC_64 = 0xfeedfacf;
const HEADER = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const MH_EXECUTE = 2;
/** Load commands of real programs have a few KiB. */
const MOST_COMMANDS = 1 << 20;

function refuse(reason: string): SlipwayError {
  return new SlipwayError('PAYLOAD_MACHO_INVALID', `the Mach-O file is damaged: ${reason}.`);
}

/** Bytes from the start that `parseMachO` must see; `undefined` while there are too few to tell, 0 for another format. */
export function machOHeaderLength(start: Buffer): number | undefined {
  if (start.length < HEADER) return undefined;
  if (start.readUInt32LE(0) !== MAGIC_64) return 0;
  const size = start.readUInt32LE(20);
  if (size > MOST_COMMANDS) throw refuse(`it says it has ${size} bytes of load commands`);
  return HEADER + size;
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw refuse(`an offset is ${value}`);
  return Number(value);
}

/** Reads header and load commands. Throws `PAYLOAD_MACHO_INVALID`. */
export function parseMachO(header: Buffer): MachO {
  let signature: MachO['signature'];
  let text: MachO['text'] = { offset: 0, size: 0 };
  let at = HEADER;
  for (let left = header.readUInt32LE(16); left > 0; left--) {
    if (at + 8 > header.length) throw refuse('its load commands end early');
    const command = header.readUInt32LE(at);
    const size = header.readUInt32LE(at + 4);
    if (size < 8 || at + size > header.length) throw refuse('a load command is longer than all of them');
    if (command === LC_SEGMENT_64 && size >= 72) {
      const name = header.toString('latin1', at + 8, at + 24).replace(/\0.*$/s, '');
      if (name === '__TEXT')
        text = { offset: safe(header.readBigUInt64LE(at + 40)), size: safe(header.readBigUInt64LE(at + 48)) };
    } else if (command === LC_CODE_SIGNATURE && size >= 16) {
      signature = { offset: header.readUInt32LE(at + 8), size: header.readUInt32LE(at + 12) };
    }
    at += size;
  }
  return { signature, text, executable: header.readUInt32LE(12) === MH_EXECUTE };
}
