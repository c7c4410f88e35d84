import { X509Certificate } from 'node:crypto';
import { sha256Hex } from '../../util/index.ts';
import type { CertificateFacts } from '../model/index.ts';
import type { Collector } from './collector.ts';

type Kind = CertificateFacts['kind'];

/** Folders of subscription-manager; the second form is what a build host passes in under /run/secrets. */
const FOLDERS: readonly (readonly [RegExp, Kind])[] = [
  [/(^|\/)etc\/pki\/entitlement(-host)?\/[^/]+$/u, 'entitlement'],
  [/(^|\/)run\/secrets\/etc-pki-entitlement\/[^/]+$/u, 'entitlement'],
  [/(^|\/)etc\/pki\/consumer\/[^/]+$/u, 'consumer'],
  [/(^|\/)etc\/pki\/product(-default)?\/[^/]+$/u, 'product'],
];

/** DER of the object ids 1.3.6.1.4.1.2312.9.N that subscription certificates carry, longest claims first. */
const OIDS: readonly (readonly [number, Kind])[] = [
  [4, 'entitlement'],
  [7, 'entitlement'],
  [5, 'consumer'],
  [1, 'product'],
];
const ARC = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x92, 0x08, 0x09];

const LARGEST = 256 * 1024;

function certificateOf(text: string): X509Certificate | undefined {
  const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/u.exec(text)?.[0];
  if (pem === undefined) return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    // The file still counts by its place and its other marks; who issued it stays unknown.
    return undefined;
  }
}

function kindByContent(text: string, certificate: X509Certificate | undefined): Kind | undefined {
  if (text.includes('-----BEGIN ENTITLEMENT DATA-----')) return 'entitlement';
  if (!certificate) return undefined;
  const { raw } = certificate;
  return OIDS.find(([arc]) => raw.includes(Buffer.from([...ARC, arc])))?.[1];
}

const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ');

/** Finds certificates by folder, and under any other name by their content, so that a moved one is found too. */
export const certificateCollector: Collector<'certificates'> = {
  sort: 'certificates',
  limit: LARGEST,
  wants: (path, size) => FOLDERS.some(([folder]) => folder.test(path)) || (path.endsWith('.pem') && size <= LARGEST),
  read(path, content) {
    const text = content.toString('latin1');
    const certificate = certificateOf(text);
    const kind = FOLDERS.find(([folder]) => folder.test(path))?.[1] ?? kindByContent(text, certificate);
    if (kind === undefined) return [];
    return [
      {
        path,
        kind,
        privateKey: /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/u.test(text),
        subject: oneLine(certificate?.subject),
        issuer: oneLine(certificate?.issuer),
        sha256: sha256Hex(content),
      },
    ];
  },
};
