import type { ImageSource } from '../../oci/index.ts';
import type { Payload } from '../types.ts';

export interface EdgeOptions {
  /** The release that clusters run. */
  readonly from: Payload;
  /** Signatures of a digest in the stores that `from` names. */
  readonly signatures: (
    stores: readonly string[],
    digest: string,
  ) => Promise<{ readonly signatures: readonly Uint8Array[]; readonly problems: readonly string[] }>;
  /** Signatures of the release that is judged, kept with it in a folder: clusters have them once they are applied. */
  readonly kept?: readonly Uint8Array[];
  /** Opens the repository of a pull spec of `from`, where that is elsewhere than the release's own. */
  readonly resolve?: LintOptions['resolve'];
  /** Where Sigstore signatures of `from` are, as `sha256-HEX.sig`; default they are not looked for. */
  readonly attachments?: ImageSource;
}

export interface LintOptions {
  /** Opens the repository of a pull spec; but for `stores`, `attachments` and `edge` nothing else is asked. */
  readonly resolve: (pullSpec: string) => ImageSource;
  /** Time at which keys are judged. */
  readonly at: Date;
  readonly architecture?: string;
  readonly concurrency?: number;
  /** Asks stores for signatures of a digest, to see whether they can be reached; default they are not asked. */
  readonly stores?: EdgeOptions['signatures'];
  /** The release's own repository: needed to compare sizes, and to look at all images of a manifest list. */
  readonly release?: ImageSource;
  /** Where Sigstore signatures of the release are, as `sha256-HEX.sig`; default they are not looked for. */
  readonly attachments?: ImageSource;
  /** Look for /manifests in images that do not say they are operators: reads every layer of every image. */
  readonly deep?: boolean;
  /** The release that clusters come from. */
  readonly edge?: EdgeOptions;
}
