import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { XMLParser } from 'fast-xml-parser';
import { Type } from 'typebox';
import { messageOf, parserOf, SlipwayError } from '../../util/index.ts';
import type { RepositorySource } from './source.ts';

const LARGEST_REPOMD = 4 << 20;
/** Fedora's whole list has some 25 MB, compressed. */
const LARGEST_PRIMARY = 512 << 20;
/** One package's entry with its main files; a bound on memory. */
const LARGEST_ENTRY = 16 << 20;

const REPOMD = 'repodata/repomd.xml';

const xml = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  isArray: (name, path) => path === 'repomd.data' && name === 'data',
});

const parseRepomd = parserOf(
  Type.Object({
    repomd: Type.Object({
      revision: Type.Optional(Type.String()),
      data: Type.Array(
        Type.Object({
          '@type': Type.String(),
          checksum: Type.Optional(Type.Object({ '@type': Type.String(), '#text': Type.String() })),
          location: Type.Object({ '@href': Type.String() }),
        }),
      ),
    }),
  }),
  'AUDIT_REPODATA_INVALID',
);

const parsePackage = parserOf(
  Type.Object({
    package: Type.Object({
      name: Type.String(),
      arch: Type.String(),
      version: Type.Object({
        '@epoch': Type.Optional(Type.String()),
        '@ver': Type.String(),
        '@rel': Type.String(),
      }),
      location: Type.Object({ '@href': Type.String() }),
      format: Type.Object({
        'header-range': Type.Object({
          '@start': Type.String({ pattern: '^\\d{1,10}$' }),
          '@end': Type.String({ pattern: '^\\d{1,10}$' }),
        }),
      }),
    }),
  }),
  'AUDIT_REPODATA_INVALID',
);

/** One package of a repository's list. */
export interface ListedPackage {
  /** As rpm's `%{NEVRA}`, without an epoch of 0. */
  readonly nevra: string;
  readonly href: string;
  /** Where its header is in the file: bytes, `end` excluded. */
  readonly header: { readonly start: number; readonly end: number };
}

export interface Repomd {
  readonly revision: string;
  /** Where the list of packages is, and the digest that it must have. */
  readonly primary: { readonly href: string; readonly digest: string };
}

/** Reads the index of a repository. Throws `AUDIT_REPODATA_INVALID` and what the source throws. */
export async function readRepomd(source: RepositorySource): Promise<Repomd> {
  const text = (await source.file(REPOMD, LARGEST_REPOMD)).toString('utf8');
  const { repomd } = parseRepomd(parsed(text, REPOMD), { file: REPOMD });
  const primary = repomd.data.find((data) => data['@type'] === 'primary');
  const sort = primary?.checksum?.['@type'];
  if (primary?.checksum === undefined || (sort !== 'sha256' && sort !== 'sha512')) {
    throw new SlipwayError('AUDIT_REPODATA_INVALID', 'it names no list of packages with a SHA-256 or SHA-512 digest.', {
      place: { file: REPOMD },
    });
  }
  return {
    revision: repomd.revision ?? '',
    primary: { href: primary.location['@href'], digest: `${sort}:${primary.checksum['#text']}` },
  };
}

function parsed(text: string, file: string): unknown {
  try {
    return xml.parse(text);
  } catch (error) {
    throw new SlipwayError('AUDIT_REPODATA_INVALID', `it is no XML: ${messageOf(error)}.`, {
      place: { file },
      cause: error,
    });
  }
}

function listed(text: string, file: string): ListedPackage {
  const { package: pkg } = parsePackage(parsed(text, file), { file });
  const { '@epoch': epoch = '0', '@ver': version, '@rel': release } = pkg.version;
  const { '@start': start, '@end': end } = pkg.format['header-range'];
  return {
    nevra: `${pkg.name}-${epoch === '0' ? '' : `${epoch}:`}${version}-${release}.${pkg.arch}`,
    href: pkg.location['@href'],
    header: { start: Number(start), end: Number(end) },
  };
}

function unpacked(bytes: Buffer, href: string): Readable {
  const whole = Readable.from([bytes]);
  if (href.endsWith('.gz')) return whole.pipe(createGunzip());
  if (href.endsWith('.zst')) return whole.pipe(createZstdDecompress());
  if (href.endsWith('.xml')) return whole;
  throw new SlipwayError('AUDIT_REPODATA_INVALID', 'it is compressed in a way that is not read here.', {
    place: { file: href },
    hint: 'createrepo_c writes gzip or zstd with --compress-type.',
  });
}

const END = '</package>';

/**
 * The packages of a repository's list, in its order, after its digest was checked against the index. Memory: the
 * compressed list and one package. Throws `AUDIT_REPODATA_INVALID`, `AUDIT_REPODATA_MISMATCH`, and what the source throws.
 */
export async function* readPrimary(source: RepositorySource, { primary }: Repomd): AsyncGenerator<ListedPackage> {
  const { href } = primary;
  const [algorithm = '', wanted] = primary.digest.split(':');
  const bytes = await source.file(href, LARGEST_PRIMARY);
  const actual = createHash(algorithm).update(bytes).digest('hex');
  if (actual !== wanted) {
    throw new SlipwayError(
      'AUDIT_REPODATA_MISMATCH',
      `the list of packages is not the one of the index: it has ${actual}.`,
      {
        place: { file: href },
        hint: 'The repository was changed while it was read, or its mirror is incomplete: try again.',
      },
    );
  }
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const piece of unpacked(bytes, href) as AsyncIterable<Buffer>) {
      text += decoder.decode(piece, { stream: true });
      let from = 0;
      for (let end = text.indexOf(END); end >= 0; end = text.indexOf(END, from)) {
        const start = text.indexOf('<package ', from);
        yield listed(text.slice(start, end + END.length), href);
        from = end + END.length;
      }
      text = text.slice(from);
      if (text.length > LARGEST_ENTRY) {
        throw new SlipwayError('AUDIT_REPODATA_INVALID', `a package has more than ${LARGEST_ENTRY} characters.`, {
          place: { file: href },
        });
      }
    }
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError('AUDIT_REPODATA_INVALID', `it can not be unpacked: ${messageOf(error)}.`, {
      place: { file: href },
      cause: error,
    });
  }
}
